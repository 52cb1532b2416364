package io.llmserving.cache;

/**
 * Names the content of a full block: half of a SHA-256 over all tokens up to its end and
 * all else that its keys and values depend on.
 *
 * @param high first eight bytes
 * @param low next eight bytes
 */
public record BlockKey(long high, long low) {
}
