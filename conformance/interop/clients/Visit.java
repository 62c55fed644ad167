import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A visit by Java's own TLS (README.md). What it takes from properties is told on the command line. */
public final class Visit {
    private static final int WAIT = 20000;
    private static final Map<String, String> TOLD = new HashMap<>();

    private static Certificate[] certificates(String file) throws Exception {
        byte[] pem = Files.readAllBytes(Path.of(file));
        return CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(pem)).toArray(new Certificate[0]);
    }

    private static KeyStore empty() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static KeyManager[] identity() throws Exception {
        if (!TOLD.containsKey("certificate"))
            return null;
        String pem = Files.readString(Path.of(TOLD.get("key"))).replaceAll("-----[^-]*-----", "");
        byte[] der = Base64.getMimeDecoder().decode(pem);
        PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
        KeyStore store = empty();
        store.setKeyEntry("client", key, new char[0], certificates(TOLD.get("certificate")));
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    private static SSLContext context() throws Exception {
        KeyStore store = empty();
        store.setCertificateEntry("ca", certificates(TOLD.get("ca"))[0]);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(identity(), trust.getTrustManagers(), null);
        return context;
    }

    /** The suite's IANA name, which is Java's too. */
    private static String suite() {
        switch (TOLD.get("code")) {
            case "49195":
                return "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
            case "49199":
                return "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
            default:
                return "TLS_RSA_WITH_AES_128_GCM_SHA256";
        }
    }

    private static void visit(SSLContext context) throws Exception {
        long begin = System.currentTimeMillis();
        Socket plain = new Socket(InetAddress.getByName(TOLD.get("host")), Integer.parseInt(TOLD.get("port")));
        plain.setSoTimeout(WAIT);
        String name = TOLD.get("name");
        int port = Integer.parseInt(TOLD.get("port"));
        try (SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(plain, name, port, true)) {
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setProtocols(new String[] {"TLSv" + TOLD.get("version")});
            if (TOLD.containsKey("code"))
                parameters.setCipherSuites(new String[] {suite()});
            parameters.setServerNames(List.of(new SNIHostName(name)));
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            tls.setSSLParameters(parameters);
            tls.startHandshake();
            String request = "GET " + TOLD.get("path") + " HTTP/1.1\r\nHost: " + name
                + "\r\nAccept: application/json\r\nConnection: close\r\n\r\n";
            tls.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream input = tls.getInputStream();
            String answer = new String(input.readAllBytes(), StandardCharsets.UTF_8);
            String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
            SSLSession session = tls.getSession();
            // A session that is older than the connection is that of the one before.
            System.out.println("visit version=" + session.getProtocol().replace("TLSv", "")
                + " suite=" + session.getCipherSuite() + " resumed=" + (session.getCreationTime() < begin ? 1 : 0)
                + " page=" + Base64.getEncoder().encodeToString(body.getBytes(StandardCharsets.UTF_8)));
        }
    }

    public static void main(String[] words) throws Exception {
        for (String word : words)
            TOLD.put(word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1));
        try {
            SSLContext context = context();
            for (int i = 0; i < Integer.parseInt(TOLD.get("connections")); i++)
                visit(context);
        } catch (Exception error) {
            System.err.println(error);
            System.exit(1);
        }
    }
}
