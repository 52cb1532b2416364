/**
 * For tests of applications: a test slice, a scripted engine and a tiny model.
 */
@NullMarked
package io.llmserving.test;

import org.jspecify.annotations.NullMarked;
