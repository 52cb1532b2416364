/**
 * The models as chat models of LangChain4j.
 */
@NullMarked
package io.llmserving.langchain4j;

import org.jspecify.annotations.NullMarked;
