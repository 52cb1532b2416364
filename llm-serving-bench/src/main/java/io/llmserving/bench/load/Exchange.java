package io.llmserving.bench.load;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/**
 * One request on a connection of its own, from connecting to the last byte. Tells its
 * answer exactly once. Event loop only.
 */
final class Exchange extends SimpleChannelInboundHandler<HttpObject> {

	private static final int KEPT_ERROR = 500;

	private final Target target;

	private final PlannedRequest request;

	private final long due;

	private final Consumer<Answer> listener;

	private final AnswerReader reader = new AnswerReader();

	private final StringBuilder refusal = new StringBuilder();

	private long sent;

	private int status;

	private boolean told;

	private @Nullable Future<?> deadline;

	private @Nullable ChannelHandlerContext context;

	Exchange(Target target, PlannedRequest request, long due, Consumer<Answer> listener) {
		this.target = target;
		this.request = request;
		this.due = due;
		this.listener = listener;
	}

	/**
	 * Ends the exchange if there is no answer in time.
	 */
	void start(LoadConnections connections, long timeoutNanos) {
		this.sent = System.nanoTime();
		this.deadline = connections.loop()
			.schedule(() -> fail("no answer within %d s".formatted(TimeUnit.NANOSECONDS.toSeconds(timeoutNanos))),
					timeoutNanos, TimeUnit.NANOSECONDS);
		connections.connect(this).addListener((connected) -> {
			if (!connected.isSuccess()) {
				fail(String.valueOf(connected.cause()));
			}
		});
	}

	@Override
	public void handlerAdded(ChannelHandlerContext added) {
		this.context = added;
	}

	/** The connection stands: TLS, if any, queues what is written. */
	@Override
	public void channelActive(ChannelHandlerContext active) {
		active.writeAndFlush(message());
	}

	private FullHttpRequest message() {
		FullHttpRequest message = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST,
				this.target.completions().getRawPath(), Unpooled.wrappedBuffer(this.request.body()));
		message.headers()
			.set(HttpHeaderNames.HOST, this.target.base().getHost() + ":" + this.target.port())
			.set(HttpHeaderNames.CONTENT_TYPE, "application/json")
			.set(HttpHeaderNames.ACCEPT, "text/event-stream")
			.set(HttpHeaderNames.CONNECTION, "close")
			.set(HttpHeaderNames.CONTENT_LENGTH, this.request.body().length);
		if (this.target.key() != null) {
			message.headers().set(HttpHeaderNames.AUTHORIZATION, "Bearer " + this.target.key());
		}
		this.target.headers().forEach(message.headers()::set);
		return message;
	}

	@Override
	protected void channelRead0(ChannelHandlerContext reading, HttpObject part) {
		if (part instanceof HttpResponse response) {
			this.status = response.status().code();
		}
		if (part instanceof HttpContent content && !this.told) {
			content(content, System.nanoTime());
			if (part instanceof LastHttpContent && !this.told) {
				finish();
			}
		}
	}

	private void content(HttpContent content, long now) {
		if (this.status == 200) {
			this.reader.read(content.content(), now);
			if (this.request.cancelAfter() > 0 && this.reader.outputs() >= this.request.cancelAfter()) {
				tell(Outcome.CANCELLED, null);
			}
		}
		else if (this.refusal.length() < KEPT_ERROR) {
			this.refusal.append(content.content().toString(StandardCharsets.UTF_8));
		}
	}

	private void finish() {
		if (this.status == 200) {
			String problem = this.reader.problem(this.request.expectedTokens());
			tell((problem != null) ? Outcome.FAILED : Outcome.COMPLETED, problem);
		}
		else {
			this.refusal.setLength(Math.min(this.refusal.length(), KEPT_ERROR));
			tell((this.status == 429 || this.status == 503) ? Outcome.REJECTED : Outcome.FAILED,
					this.refusal.toString());
		}
	}

	@Override
	public void channelInactive(ChannelHandlerContext inactive) {
		fail("the server closed the connection");
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
		fail(cause.toString());
	}

	private void fail(String error) {
		tell(Outcome.FAILED, error);
	}

	private void tell(Outcome outcome, @Nullable String error) {
		if (this.told) {
			return;
		}
		this.told = true;
		if (this.deadline != null) {
			this.deadline.cancel(false);
		}
		if (this.context != null) {
			this.context.close();
		}
		this.listener.accept(this.reader.answer(outcome, this.status, error, this.due, this.sent, System.nanoTime()));
	}

}
