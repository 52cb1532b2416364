package io.llmserving.test;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A key and its self-signed certificate for this machine, made by the JDK's keytool.
 *
 * @param store the PKCS 12 file that holds both
 */
record GeneratedCertificate(Path store) {

	static final String PASSWORD = "changeit";

	static GeneratedCertificate make(Path directory, String name) throws Exception {
		Path store = directory.resolve(name + ".p12");
		Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-genkeypair", "-alias", name, "-keyalg", "EC", "-dname", "CN=" + name, "-ext",
				"SAN=dns:localhost,ip:127.0.0.1", "-validity", "2", "-storetype", "PKCS12", "-storepass", PASSWORD,
				"-keystore", store.toString())
			.redirectErrorStream(true)
			.start();
		String output = new String(keytool.getInputStream().readAllBytes());
		assertThat(keytool.waitFor()).as(output).isZero();
		return new GeneratedCertificate(store);
	}

	/** A file with the certificates alone, for those who trust them. */
	static Path trusting(Path file, List<GeneratedCertificate> certificates) throws Exception {
		KeyStore trusted = KeyStore.getInstance("PKCS12");
		trusted.load(null, null);
		for (GeneratedCertificate certificate : certificates) {
			trusted.setCertificateEntry(certificate.name(), certificate.certificate());
		}
		try (var out = Files.newOutputStream(file)) {
			trusted.store(out, PASSWORD.toCharArray());
		}
		return file;
	}

	/** What a client works with that trusts a file and shows a certificate, or none. */
	static SSLContext client(Path trusted, GeneratedCertificate own) throws Exception {
		TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
		trust.init(load(trusted));
		KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		keys.init((own != null) ? load(own.store) : null, PASSWORD.toCharArray());
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
		return context;
	}

	X509Certificate certificate() throws Exception {
		return (X509Certificate) load(this.store).getCertificate(name());
	}

	private String name() {
		return this.store.getFileName().toString().replace(".p12", "");
	}

	private static KeyStore load(Path file) throws Exception {
		KeyStore store = KeyStore.getInstance("PKCS12");
		try (InputStream in = Files.newInputStream(file)) {
			store.load(in, PASSWORD.toCharArray());
		}
		return store;
	}

}
