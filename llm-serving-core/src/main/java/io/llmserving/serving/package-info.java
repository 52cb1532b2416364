/**
 * Puts the rooms together: from settings to loaded models behind their engines.
 */
@NullMarked
package io.llmserving.serving;

import org.jspecify.annotations.NullMarked;
