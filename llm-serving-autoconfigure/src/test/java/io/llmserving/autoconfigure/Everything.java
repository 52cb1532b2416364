package io.llmserving.autoconfigure;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

/**
 * All auto-configurations, found and filtered as in an application: what a test hides
 * from the class path is gone for all of them.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class Everything {

}
