package io.llmserving.test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;

/**
 * The security of an application of its own: all of it needs a login, its administration
 * a role besides.
 */
@Configuration(proxyBeanMethods = false)
class OwnSecurity {

	/** Properties of the user that may do everything. */
	static final String[] ADMIN = { "spring.security.user.name=admin", "spring.security.user.password=secret",
			"spring.security.user.roles=ADMIN" };

	/** Header of that user. */
	static final String ADMIN_LOGIN = "Basic YWRtaW46c2VjcmV0";

	@Bean
	SecurityWebFilterChain ownChain(ServerHttpSecurity http) {
		return http.authorizeExchange(
				(exchanges) -> exchanges.pathMatchers("/v1/admin/**").hasRole("ADMIN").anyExchange().authenticated())
			.httpBasic(Customizer.withDefaults())
			.build();
	}

}
