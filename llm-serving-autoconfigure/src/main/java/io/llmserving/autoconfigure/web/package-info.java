/**
 * The HTTP surface on WebFlux: routes, streams of bytes, errors in the protocol's shape.
 */
@NullMarked
package io.llmserving.autoconfigure.web;

import org.jspecify.annotations.NullMarked;
