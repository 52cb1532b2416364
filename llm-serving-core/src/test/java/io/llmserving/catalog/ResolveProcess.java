package io.llmserving.catalog;

import java.nio.file.Path;
import java.util.List;

/**
 * Resolves a source in a process of its own. Arguments: cache directory, source.
 */
final class ResolveProcess {

	private ResolveProcess() {
	}

	static void main(String[] arguments) throws Exception {
		ModelSources sources = new ModelSources(Path.of(arguments[0]), false, List.of());
		System.out.println("RESOLVED " + sources.resolve(arguments[1], Fixture.IGNORED));
	}

}
