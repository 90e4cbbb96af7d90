package io.citronella;

import static io.citronella.MqttPattern.anything;
import static io.citronella.MqttPattern.connect;
import static io.citronella.MqttPattern.event;
import static io.citronella.MqttPattern.packet;
import static io.citronella.MqttPattern.publish;
import static io.citronella.MqttPattern.subscribe;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MqttPatternTest {
    private static void means(String json, MqttPattern pattern) {
        assertEquals(Json.parse(json), Json.parse(pattern.toString()));
    }

    @Test
    void itHasTheFormOfTheControlApi() {
        means("{\"packet\": \"PUBLISH\", \"direction\": \"in\", \"topic\": \"a/+\", \"qos\": 1, \"payload\": {\"json\": {\"celsius\": 21}}}",
                publish("a/+").qos(1).json("{\"celsius\": 21}"));
        means("{\"packet\": \"PUBLISH\", \"direction\": \"out\", \"topic\": \"a\", \"client_id\": \"lamp\", \"retain\": true}",
                publish("a").toClient("lamp").retain(true));
        means("{\"packet\": [\"PUBACK\", \"PUBREC\"], \"reason_code\": {\"from\": 128}}", packet("PUBACK", "PUBREC").field("reason_code", Is.atLeast(128)));
        means("{\"event\": \"disconnected\", \"client_id\": \"a\", \"cause\": {\"not\": \"client_disconnect\"}}",
                event("disconnected").ofClient("a").field("cause", Is.not("client_disconnect")));
        means("{\"record\": \"event\"}", event());
        means("{}", anything());
    }

    @Test
    void aPathLeadsToAPartOfAField() {
        means("{\"packet\": \"CONNECT\", \"will\": {\"topic\": \"gone\", \"qos\": 1}, \"user_name\": {\"present\": false}}",
                connect().field("will.topic", "gone").field("will.qos", 1).field("user_name", null));
        means("{\"packet\": \"PUBLISH\", \"direction\": \"in\", \"topic\": \"a\", \"properties\": {\"content_type\": \"x\"}}",
                publish("a").property("content_type", "x"));
    }

    @Test
    void whatIsSaidTwiceOfAFieldHasToFitTwice() {
        means("{\"packet\": \"PUBLISH\", \"direction\": \"in\", \"topic\": \"a\", \"payload\": {\"all\": [{\"contains\": \"x\"}, {\"len_bytes\": {\"to\": 9}}]}}",
                publish("a").payload(Is.containing("x")).payload(Is.lenBytes(Is.atMost(9))));
    }

    @Test
    void aPayloadThatIsLargeIsSaidByItsLengthAndSha256() throws Exception {
        String text = "a".repeat(5000);
        byte[] digest = java.security.MessageDigest.getInstance("SHA-256").digest(text.getBytes());
        String said = "{\"packet\": \"PUBLISH\", \"direction\": \"in\", \"topic\": \"a\", \"payload\": {\"len_bytes\": 5000, \"sha256\": \""
                + java.util.HexFormat.of().formatHex(digest) + "\"}}";
        means(said, publish("a").payload(text));
        means(said, publish("a").payload(text.getBytes()));
        assertEquals("a".repeat(4096), publish("a").payload("a".repeat(4096)).toMap().get("payload"));
    }

    @Test
    void aPlaceInJsonTakesValuesAndComparisons() {
        Map<String, Object> at = Json.object(publish("a").jsonAt("/x", Is.between(1, 2.5)).toMap().get("payload"));
        assertEquals("{\"json_at\":{\"/x\":{\"from\":1,\"to\":2.5}}}", Json.write(sorted(at)));
        at = Json.object(publish("a").jsonAt("/x", null).toMap().get("payload"));
        assertEquals("{\"json_at\":{\"/x\":{\"json\":null}}}", Json.write(at));
    }

    private static Map<String, Object> sorted(Map<String, Object> map) {
        Map<String, Object> sorted = new java.util.TreeMap<>();
        map.forEach((name, value) -> sorted.put(name, value instanceof Map ? sorted(Json.object(value)) : value));
        return sorted;
    }

    @Test
    void eachCallGivesANewOne() {
        MqttPattern first = publish("a");
        assertEquals(first.qos(1), publish("a").qos(1));
        assertEquals(publish("a"), first);
    }

    @Test
    void aTopicFilterIsWhereThePacketHasIt() {
        means("{\"packet\": \"SUBSCRIBE\", \"topic_filters\": {\"topic_filter\": \"a/#\"}}", subscribe().topicFilter("a/#"));
        means("{\"packet\": \"UNSUBSCRIBE\", \"topic_filters\": \"a/#\"}", packet("UNSUBSCRIBE").topicFilter("a/#"));
        means("{\"event\": \"subscribed\", \"filter\": \"a/#\"}", event("subscribed").topicFilter("a/#"));
        means("{\"packet\": \"SUBACK\", \"reason_codes\": 135}", packet("SUBACK").reasonCode(135));
    }

    @Test
    void aMapIsAPattern() {
        Map<String, Object> map = new HashMap<>(Map.of("packet", "CONNECT", "keep_alive", Map.of("to", 60)));
        map.put("user_name", null);
        means("{\"packet\": \"CONNECT\", \"keep_alive\": {\"to\": 60}, \"user_name\": {\"present\": false}}", MqttPattern.of(map));
    }

    @Test
    void anAddressHasIt() {
        assertEquals("packet=PUBACK&packet=PUBREC&client_id=a%20%26b", packet("PUBACK", "PUBREC").ofClient("a &b").query());
        assertEquals("event=connected&client_id=%7B%22not%22%3A%22x%22%7D", event("connected").field("client_id", Is.not("x")).query());
    }

    @Test
    void whatIsNoJsonIsSaid() {
        Throwable error = assertThrows(IllegalArgumentException.class, () -> publish("a").json("{celsius: 21}"));
        assertEquals(true, error.getMessage().contains("{celsius: 21}"), error.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Json.write(List.of(new Object())));
    }
}
