package io.citronella;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** What a client needs that trusts a CA and no other. */
final class Trust {
    private Trust() {}

    static TrustManagerFactory managers(String pem) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            CertificateFactory x509 = CertificateFactory.getInstance("X.509");
            int nth = 0;
            for (Certificate one : x509.generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))) {
                store.setCertificateEntry("ca-" + nth++, one);
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            return managers;
        } catch (GeneralSecurityException | IOException error) {
            throw new MqttBrokerException("the broker's CA cannot be read: " + error, error);
        }
    }

    static SSLContext context(String pem) {
        return context(managers(pem).getTrustManagers());
    }

    /** Trusts nobody, and so reads no certificates, which would take a tenth of a second. */
    static SSLContext nobody() {
        return context(new TrustManager[0]);
    }

    private static SSLContext context(TrustManager[] managers) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers, null);
            return context;
        } catch (GeneralSecurityException error) {
            throw new MqttBrokerException("this Java has no TLS: " + error, error);
        }
    }
}
