package io.llmserving.bench.load;

import java.lang.management.ManagementFactory;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLException;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Connections to a server, all on one thread: the load generator shares its cores with
 * the server.
 */
final class LoadConnections implements AutoCloseable {

	private static final int MAX_LINE = 8192;

	private static final int MAX_CHUNK = 1 << 20;

	private final Target target;

	private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

	private final EventLoop loop = this.group.next();

	private final @Nullable SslContext tls;

	LoadConnections(Target target) {
		this.target = target;
		this.tls = target.tls() ? clientTls() : null;
	}

	EventLoop loop() {
		return this.loop;
	}

	ChannelFuture connect(Exchange exchange) {
		return new Bootstrap().group(this.loop)
			.channel(NioSocketChannel.class)
			.option(ChannelOption.TCP_NODELAY, true)
			.handler(new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel channel) {
					if (LoadConnections.this.tls != null) {
						channel.pipeline()
							.addLast(LoadConnections.this.tls.newHandler(channel.alloc(),
									LoadConnections.this.target.base().getHost(), LoadConnections.this.target.port()));
					}
					channel.pipeline().addLast(new HttpClientCodec(MAX_LINE, MAX_LINE, MAX_CHUNK), exchange);
				}

			})
			.connect(this.target.base().getHost(), this.target.port());
	}

	/** CPU time of the thread, in nanoseconds. */
	long cpuNanos() {
		try {
			return this.loop.submit(() -> ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime()).get();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() {
		this.group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
	}

	private static SslContext clientTls() {
		try {
			return SslContextBuilder.forClient().build();
		}
		catch (SSLException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
