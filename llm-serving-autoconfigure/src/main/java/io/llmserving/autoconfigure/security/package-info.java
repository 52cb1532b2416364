/**
 * Who may use the endpoints: API keys, tokens of an issuer, other origins.
 */
@NullMarked
package io.llmserving.autoconfigure.security;

import org.jspecify.annotations.NullMarked;
