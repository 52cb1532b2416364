package io.llmserving.serving;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

import com.sun.management.OperatingSystemMXBean;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a machine or a device that weights and caches of all models there share.
 * Weights come first: a cache is as large as its model asks for or as what all weights
 * leave. What any application of the process has set aside counts for all of them, since
 * they share one machine. Safe for use by many threads.
 */
final class MemoryBudget {

	private static final long MEBIBYTE = 1 << 20;

	private final long total;

	private final String origin;

	/** Whose memory it is: budgets of the same memory see each other's shares. */
	private final String memory;

	private final String remedy;

	/** Of the whole process; also the lock of all budgets. */
	private static final Map<Key, Share> SHARES = new LinkedHashMap<>();

	private record Key(MemoryBudget owner, String model) {
	}

	private record Share(long weights, long cache) {
	}

	private MemoryBudget(long total, String origin, String memory, String remedy) {
		this.total = total;
		this.origin = origin;
		this.memory = memory;
		this.remedy = remedy;
	}

	/**
	 * Creates the budget.
	 * @param configured bytes, null for three quarters of the memory that the process may
	 * use, less the maximum heap
	 */
	static MemoryBudget of(@Nullable Long configured) {
		if (configured != null) {
			return host(configured, "llm.serving.memory.max-size");
		}
		long memory = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
		long heap = Runtime.getRuntime().maxMemory();
		return host(Math.max(0, memory / 4 * 3 - heap),
				"75 %% of %d MiB less a maximum heap of %d MiB".formatted(memory / MEBIBYTE, heap / MEBIBYTE));
	}

	/**
	 * Creates the budget of a device that has memory of its own: a tenth is left for
	 * workspaces and for others.
	 * @param device what it is, for messages
	 */
	static MemoryBudget ofDevice(String device, long bytes) {
		return new MemoryBudget(bytes / 10 * 9, "90 % of the memory of " + device, device,
				"Lower kv-cache.size of the models on this device, unload one of them, or choose a smaller model.");
	}

	private static MemoryBudget host(long total, String origin) {
		return new MemoryBudget(total, origin, "host",
				"Raise llm.serving.memory.max-size, lower the maximum heap (-Xmx), lower kv-cache.size of other models, unload one of them, or choose a smaller model.");
	}

	/**
	 * Sets aside what a model's weights need.
	 * @throws ModelStartupException if that does not fit
	 */
	void weights(String model, long bytes) {
		synchronized (SHARES) {
			reserveWeights(model, bytes);
		}
	}

	private void reserveWeights(String model, long bytes) {
		Share before = SHARES.get(key(model));
		long free = free() + ((before != null) ? before.weights : 0);
		if (bytes > free) {
			throw new InsufficientMemoryException(model,
					"its weights need %d MiB, but of the memory budget of %d MiB (%s) only %d MiB are left%s: %d MiB are missing"
						.formatted(roundedUp(bytes), this.total / MEBIBYTE, this.origin, free / MEBIBYTE, others(model),
								roundedUp(bytes - free)),
					this.remedy, this);
		}
		SHARES.put(key(model), new Share(bytes, (before != null) ? before.cache : 0));
	}

	/**
	 * Sets aside a model's cache.
	 * @param wanted bytes asked for
	 * @param least bytes without which the model cannot work
	 * @return bytes granted
	 * @throws ModelStartupException if less than the least is left
	 */
	long cache(String model, long wanted, long least) {
		synchronized (SHARES) {
			return reserveCache(model, wanted, least);
		}
	}

	private long reserveCache(String model, long wanted, long least) {
		Share share = SHARES.getOrDefault(key(model), new Share(0, 0));
		long free = free() + share.cache;
		if (wanted < least) {
			throw new ModelStartupException(model,
					"its cache of keys and values needs at least %d MiB, but kv-cache.size is %d MiB: %d MiB are missing"
						.formatted(roundedUp(least), wanted / MEBIBYTE, roundedUp(least - wanted)),
					"Raise the model's kv-cache.size, or lower its context-length.", null);
		}
		if (free < least) {
			throw new InsufficientMemoryException(model,
					"its cache of keys and values needs at least %d MiB, but of the memory budget of %d MiB (%s) only %d MiB are left%s: %d MiB are missing"
						.formatted(roundedUp(least), this.total / MEBIBYTE, this.origin, free / MEBIBYTE, others(model),
								roundedUp(least - free)),
					"Lower the model's context-length. " + this.remedy, this);
		}
		long granted = Math.min(wanted, free);
		SHARES.put(key(model), new Share(share.weights, granted));
		return granted;
	}

	/** Gives back all that a model has. */
	void release(String model) {
		synchronized (SHARES) {
			SHARES.remove(key(model));
		}
	}

	/** Whether a model of this application has a part of this memory. */
	boolean holds(String model) {
		synchronized (SHARES) {
			return SHARES.containsKey(key(model));
		}
	}

	/** Gives back what all models of this application have. */
	void releaseAll() {
		synchronized (SHARES) {
			SHARES.keySet().removeIf((key) -> key.owner == this);
		}
	}

	private Key key(String model) {
		return new Key(this, model);
	}

	long total() {
		return this.total;
	}

	/** Bytes that are set aside in the process of this memory. */
	long planned() {
		synchronized (SHARES) {
			return SHARES.entrySet()
				.stream()
				.filter((entry) -> entry.getKey().owner.memory.equals(this.memory))
				.mapToLong((entry) -> entry.getValue().weights + entry.getValue().cache)
				.sum();
		}
	}

	private long free() {
		return this.total - planned();
	}

	private String others(String model) {
		String others = SHARES.entrySet()
			.stream()
			.filter((entry) -> entry.getKey().owner.memory.equals(this.memory) && !entry.getKey().equals(key(model)))
			.map((entry) -> "%s: weights %d MiB, cache %d MiB".formatted(entry.getKey().model,
					roundedUp(entry.getValue().weights), entry.getValue().cache / MEBIBYTE))
			.collect(Collectors.joining("; "));
		return others.isEmpty() ? "" : " (" + others + ")";
	}

	private static long roundedUp(long bytes) {
		return (bytes + MEBIBYTE - 1) / MEBIBYTE;
	}

	@Override
	public String toString() {
		return "%d MiB for weights and caches (%s)".formatted(this.total / MEBIBYTE, this.origin);
	}

}
