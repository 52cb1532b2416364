package io.llmserving.autoconfigure.health;

import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.web.AdditionalPathsMapper;
import org.springframework.boot.actuate.endpoint.web.WebServerNamespace;
import org.springframework.boot.health.actuate.endpoint.AdditionalHealthEndpointPath;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroup;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroupsPostProcessor;
import org.springframework.boot.health.actuate.endpoint.HttpCodeStatusMapper;
import org.springframework.boot.health.actuate.endpoint.StatusAggregator;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Lets all models join the readiness group where there is one, unless its properties say
 * which of them do. Naming {@code llm} in the group's {@code include} property would fail
 * the start of applications that lack the contributor.
 */
final class LlmReadinessGroup implements HealthEndpointGroupsPostProcessor, Ordered {

	private static final String GROUP = "readiness";

	private static final String CONTRIBUTOR = "llm";

	private static final String PROPERTIES = "management.endpoint.health.group.readiness.";

	private final Set<String> included;

	private final Set<String> excluded;

	/**
	 * Creates the processor.
	 * @param included what the group's properties name
	 * @param excluded what they leave out
	 */
	LlmReadinessGroup(Set<String> included, Set<String> excluded) {
		this.included = Set.copyOf(included);
		this.excluded = Set.copyOf(excluded);
	}

	static LlmReadinessGroup of(Environment environment) {
		Binder binder = Binder.get(environment);
		return new LlmReadinessGroup(names(binder, "include"), names(binder, "exclude"));
	}

	private static Set<String> names(Binder binder, String property) {
		return binder.bind(PROPERTIES + property, Bindable.setOf(String.class)).orElse(Set.of());
	}

	@Override
	public HealthEndpointGroups postProcessHealthEndpointGroups(HealthEndpointGroups groups) {
		return this.included.stream().anyMatch(LlmReadinessGroup::ours) ? groups : new Groups(groups, this.excluded);
	}

	/** Whether it is the contributor's name or the path of a model, {@code llm/<id>}. */
	private static boolean ours(String name) {
		return name.equals(CONTRIBUTOR) || name.startsWith(CONTRIBUTOR + "/");
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

	// Spring Boot's own groups are mappers of paths too, and taken for ones by the type
	// of their bean: with Spring Security every request asks them.
	private record Groups(HealthEndpointGroups delegate,
			Set<String> excluded) implements HealthEndpointGroups, AdditionalPathsMapper {

		@Override
		public HealthEndpointGroup getPrimary() {
			return this.delegate.getPrimary();
		}

		@Override
		public Set<String> getNames() {
			return this.delegate.getNames();
		}

		@Override
		public @Nullable HealthEndpointGroup get(String name) {
			HealthEndpointGroup group = this.delegate.get(name);
			return (group != null && name.equals(GROUP)) ? new Group(group, this.excluded) : group;
		}

		@Override
		public @Nullable List<String> getAdditionalPaths(EndpointId endpoint, WebServerNamespace namespace) {
			return (this.delegate instanceof AdditionalPathsMapper mapper)
					? mapper.getAdditionalPaths(endpoint, namespace) : null;
		}

	}

	private record Group(HealthEndpointGroup delegate, Set<String> excluded) implements HealthEndpointGroup {

		@Override
		public boolean isMember(String name) {
			return (ours(name) && !isExcluded(name)) || this.delegate.isMember(name);
		}

		private boolean isExcluded(String name) {
			return this.excluded.contains(name) || this.excluded.contains(CONTRIBUTOR) || this.excluded.contains("*");
		}

		@Override
		public boolean showComponents(SecurityContext securityContext) {
			return this.delegate.showComponents(securityContext);
		}

		@Override
		public boolean showDetails(SecurityContext securityContext) {
			return this.delegate.showDetails(securityContext);
		}

		@Override
		public StatusAggregator getStatusAggregator() {
			return this.delegate.getStatusAggregator();
		}

		@Override
		public HttpCodeStatusMapper getHttpCodeStatusMapper() {
			return this.delegate.getHttpCodeStatusMapper();
		}

		@Override
		public @Nullable AdditionalHealthEndpointPath getAdditionalPath() {
			return this.delegate.getAdditionalPath();
		}

	}

}
