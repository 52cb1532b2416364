package io.llmserving.autoconfigure.web;

import java.util.function.UnaryOperator;

import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.util.ClassUtils;
import reactor.netty.Connection;
import reactor.util.context.Context;

import io.llmserving.spi.SignalExecutor;

/**
 * Has an answer's tokens arrive on the event loop that writes them: one hop from the
 * engine's thread to the connection. Servers other than Reactor Netty get them on threads
 * of the engine's own.
 */
final class EventLoops {

	private static final boolean NETTY = ClassUtils.isPresent("reactor.netty.Connection",
			EventLoops.class.getClassLoader());

	private EventLoops() {
	}

	/** Returns what to add to the context of an answer's subscriber. */
	static UnaryOperator<Context> of(ServerHttpRequest request) {
		return NETTY ? Netty.of(request) : UnaryOperator.identity();
	}

	/** Apart, because its types may be missing. */
	private static final class Netty {

		static UnaryOperator<Context> of(ServerHttpRequest request) {
			Object exchange;
			try {
				exchange = ServerHttpRequestDecorator.getNativeRequest(request);
			}
			catch (IllegalArgumentException ex) {
				// A request that no server made, as in tests.
				return UnaryOperator.identity();
			}
			return (exchange instanceof Connection connection)
					? SignalExecutor.of(connection.channel().eventLoop())::put : UnaryOperator.identity();
		}

	}

}
