/**
 * What an application imports: the engine, its requests, its events and its exceptions.
 */
@NullMarked
package io.llmserving.api;

import org.jspecify.annotations.NullMarked;
