/**
 * Auto-configuration of the engine in a Spring Boot application.
 */
@NullMarked
package io.llmserving.autoconfigure;

import org.jspecify.annotations.NullMarked;
