/**
 * Chat templates: a small interpreter of the Jinja language with the semantics of
 * Python's jinja2 in the configuration that Hugging Face uses for chat templates. Knows
 * for every character of its output whether it stems from the template or from a value.
 */
@NullMarked
package io.llmserving.text.template;

import org.jspecify.annotations.NullMarked;
