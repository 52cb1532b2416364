@NullMarked
package io.llmserving.real;

import org.jspecify.annotations.NullMarked;
