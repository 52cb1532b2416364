@NullMarked
package io.llmserving.text;

import org.jspecify.annotations.NullMarked;
