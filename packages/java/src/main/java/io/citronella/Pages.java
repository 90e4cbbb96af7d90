package io.citronella;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lists that come page by page, read to the end. */
final class Pages {
    private static final int MOST = 1000;

    private Pages() {}

    /** Everything of the journal that fits. */
    static List<Map<String, Object>> found(Api api, String list, MqttPattern pattern) {
        List<Map<String, Object>> all = new ArrayList<>();
        Map<String, Object> body = new LinkedHashMap<>(Map.of("pattern", pattern, "limit", MOST));
        while (true) {
            Map<String, Object> page = api.post(list + "/find", body);
            List<Object> entries = Json.list(page.get(list));
            entries.stream().map(Json::object).forEach(all::add);
            // A page is bounded in bytes, too: one that is not full need not be the last.
            if (entries.isEmpty() || Boolean.FALSE.equals(Json.at(page, "/meta/more"))) {
                return all;
            }
            body.put("after", Json.at(page, "/meta/next"));
        }
    }

    /** All of a list that is in the order of names. */
    static List<Map<String, Object>> named(Api api, String list) {
        List<Map<String, Object>> all = new ArrayList<>();
        String after = "";
        while (true) {
            Map<String, Object> page = api.get(list + "?limit=" + MOST + after);
            Json.list(page.get(list)).stream().map(Json::object).forEach(all::add);
            Object next = Json.at(page, "/meta/next");
            if (next == null) {
                return all;
            }
            after = "&after=" + Api.encoded(next.toString());
        }
    }
}
