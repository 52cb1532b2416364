/**
 * The engine alone and beside other engines, without a server.
 */
@NullMarked
package io.llmserving.bench.engine;

import org.jspecify.annotations.NullMarked;
