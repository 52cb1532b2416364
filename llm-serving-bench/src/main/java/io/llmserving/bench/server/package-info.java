/**
 * Servers that are started, waited for and stopped.
 */
@NullMarked
package io.llmserving.bench.server;

import org.jspecify.annotations.NullMarked;
