/**
 * The models in the actuator's info.
 */
@NullMarked
package io.llmserving.autoconfigure.info;

import org.jspecify.annotations.NullMarked;
