/**
 * The actuator endpoint that shows the models.
 */
@NullMarked
package io.llmserving.autoconfigure.actuate;

import org.jspecify.annotations.NullMarked;
