/**
 * A page to try the models and watch their engines in a browser.
 */
@NullMarked
package io.llmserving.autoconfigure.playground;

import org.jspecify.annotations.NullMarked;
