package io.llmserving.catalog;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A local imitation of the Hugging Face Hub: the state of revisions, small files served
 * by itself, large ones by a redirect to a storage server on another port.
 */
final class HubImitation implements AutoCloseable {

	static final String REPOSITORY = "acme/tiny";

	final FileServer hub = new FileServer();

	final FileServer storage = new FileServer();

	private final Map<String, byte[]> small = new LinkedHashMap<>();

	private final Map<String, byte[]> large = new LinkedHashMap<>();

	HubImitation() throws IOException {
	}

	HubImitation small(String name, String content) {
		this.small.put(name, content.getBytes(StandardCharsets.UTF_8));
		return this;
	}

	HubImitation large(String name, byte[] content) {
		this.large.put(name, content);
		return this;
	}

	/** Publishes the files so far as a commit that a revision points at. */
	HubImitation publish(String revision, String commit) {
		return publish(revision, commit, true);
	}

	HubImitation publish(String revision, String commit, boolean withMetadata) {
		ArrayNode siblings = JsonMapper.shared().createArrayNode();
		this.small.forEach((name, content) -> {
			ObjectNode sibling = siblings.addObject().put("rfilename", name);
			if (withMetadata) {
				sibling.put("size", content.length).put("blobId", gitBlob(content)).putNull("lfs");
			}
			this.hub.file(resolve(commit, name), content, "\"" + gitBlob(content) + "\"");
		});
		this.large.forEach((name, content) -> {
			ObjectNode sibling = siblings.addObject().put("rfilename", name);
			if (withMetadata) {
				sibling.put("size", content.length).put("blobId", gitBlob("pointer".getBytes()));
				sibling.putObject("lfs").put("sha256", Fixture.sha256(content)).put("size", content.length);
			}
			String stored = "/stored/" + commit + "/" + name.replace(" ", "%20");
			this.storage.file(stored, content, "\"storage-" + name + "\"");
			this.hub.redirect(resolve(commit, name), this.storage.address() + stored, Map.of("X-Linked-Etag",
					"\"" + Fixture.sha256(content) + "\"", "X-Linked-Size", String.valueOf(content.length)));
		});
		return state(revision, commit, siblings);
	}

	/** Points a revision at a commit with these files, whatever they are. */
	HubImitation state(String revision, String commit, ArrayNode siblings) {
		ObjectNode state = JsonMapper.shared().createObjectNode().put("id", REPOSITORY).put("sha", commit);
		state.set("siblings", siblings);
		for (String name : new String[] { revision, commit }) {
			this.hub.answer("/api/models/%s/revision/%s".formatted(REPOSITORY, name), 200,
					state.toString().getBytes(StandardCharsets.UTF_8), Map.of("Content-Type", "application/json"));
		}
		return this;
	}

	void refuse(String path, int status, String code) {
		this.hub.answer(path, status, new byte[0], code.isEmpty() ? Map.of() : Map.of("X-Error-Code", code));
	}

	static String resolve(String commit, String name) {
		return "/%s/resolve/%s/%s".formatted(REPOSITORY, commit, name.replace(" ", "%20"));
	}

	static String gitBlob(byte[] content) {
		MessageDigest digest = Fixture.digest("SHA-1");
		digest.update(("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII));
		return HexFormat.of().formatHex(digest.digest(content));
	}

	Map<String, String> environment() {
		return Map.of("HF_ENDPOINT", this.hub.address());
	}

	@Override
	public void close() {
		this.hub.close();
		this.storage.close();
	}

}
