@NullMarked
package io.llmserving.cache;

import org.jspecify.annotations.NullMarked;
