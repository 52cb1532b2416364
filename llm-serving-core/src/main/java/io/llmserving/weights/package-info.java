/**
 * Reads model files: GGUF and safetensors, mapped into memory, with every number of their
 * headers checked against the file.
 */
@NullMarked
package io.llmserving.weights;

import org.jspecify.annotations.NullMarked;
