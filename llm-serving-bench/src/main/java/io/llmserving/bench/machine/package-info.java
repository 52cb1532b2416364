/**
 * What the machine is and can do at best, and what its processes use.
 */
@NullMarked
package io.llmserving.bench.machine;

import org.jspecify.annotations.NullMarked;
