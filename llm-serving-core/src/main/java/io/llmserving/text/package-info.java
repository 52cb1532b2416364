/**
 * From text to token ids and back: tokenizers read from {@code tokenizer.json} or from a
 * GGUF vocabulary, the table of token bytes, incremental detokenization and stop strings.
 */
@NullMarked
package io.llmserving.text;

import org.jspecify.annotations.NullMarked;
