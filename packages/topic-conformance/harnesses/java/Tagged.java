import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Converts tagged values (docs/vectors.md) to Java values. */
final class Tagged {
    private record Instance(int a) {}

    private static final Map<String, Supplier<Object>> HOSTS = Map.ofEntries(
            Map.entry("bytes", () -> new byte[] {1}),
            Map.entry("date", () -> new Date(0)),
            Map.entry("decimal", () -> new BigDecimal("1.5")),
            Map.entry("error", () -> new IllegalStateException("a")),
            Map.entry("function", () -> (Runnable) () -> {}),
            Map.entry("generator", () -> List.of(1, 2).iterator()),
            Map.entry("instance", () -> new Instance(1)),
            Map.entry("non-string-key", () -> Map.of(1, "a")),
            Map.entry("promise", () -> CompletableFuture.completedFuture(1)),
            Map.entry("regexp", () -> Pattern.compile("a")),
            Map.entry("set", () -> Set.of(1)));

    /** The features (docs/vectors.md) that {@link #decode} supports. Numbers of Java are always typed. */
    static Set<String> features() {
        Set<String> features = new TreeSet<>(Set.of("bigint", "cycle", "float", "lone-surrogate", "shared"));
        for (String kind : HOSTS.keySet()) features.add("host-" + kind);
        return features;
    }

    /** Returns the value of a tagged value. Throws for an unsupported tag: the runner reports a crash. */
    static Object decode(Object tagged) {
        if (tagged instanceof List<?> items) {
            List<Object> decoded = new ArrayList<>();
            for (Object item : items) decoded.add(decode(item));
            return decoded;
        }
        if (!(tagged instanceof Map<?, ?> members)) return tagged;
        Map<String, Object> decoded = new HashMap<>();
        for (Map.Entry<?, ?> member : members.entrySet()) {
            String key = (String) member.getKey();
            if (members.size() == 1 && key.startsWith("$")) return decodeTag(key, member.getValue());
            decoded.put(key, decode(member.getValue()));
        }
        return decoded;
    }

    private static Object decodeTag(String tag, Object argument) {
        switch (tag) {
            case "$float": return decodeFloat((String) argument);
            case "$int": return new BigInteger((String) argument);
            case "$utf16": return decodeUtf16((String) argument);
            case "$repeat": return ((String) at(argument, 0)).repeat(count(argument));
            case "$cycle": return cycle((String) argument);
            case "$host": return HOSTS.get(argument).get();
            case "$object": {
                Map<String, Object> members = new HashMap<>();
                for (Object pair : (List<?>) argument) members.put((String) decode(at(pair, 0)), decode(at(pair, 1)));
                return members;
            }
            case "$nest": {
                boolean isArray = at(argument, 0).equals("array");
                Object innermost = isArray ? List.of() : Map.of();
                return stack(innermost, count(argument) - 1, value -> isArray ? List.of(value) : Map.of("a", value));
            }
            case "$shared": {
                boolean isArray = at(argument, 0).equals("array");
                UnaryOperator<Object> wrap = value -> isArray ? List.of(value, value) : Map.of("a", value, "b", value);
                return stack(decode(at(argument, 2)), count(argument), wrap);
            }
            default: throw new IllegalArgumentException("unsupported tag " + tag);
        }
    }

    private static Object at(Object list, int index) {
        return ((List<?>) list).get(index);
    }

    private static int count(Object pair) {
        return ((BigInteger) at(pair, 1)).intValueExact();
    }

    private static Object stack(Object innermost, int levels, UnaryOperator<Object> wrap) {
        Object value = innermost;
        for (int level = 0; level < levels; level++) value = wrap.apply(value);
        return value;
    }

    private static Object cycle(String kind) {
        if (kind.equals("array")) {
            List<Object> items = new ArrayList<>();
            items.add(items);
            return items;
        }
        Map<String, Object> members = new HashMap<>();
        members.put("self", members);
        return members;
    }

    private static Double decodeFloat(String text) {
        return Double.valueOf(text.replace("nan", "NaN").replace("inf", "Infinity"));
    }

    private static String decodeUtf16(String hex) {
        StringBuilder text = new StringBuilder();
        for (int index = 0; index < hex.length(); index += 4) {
            text.append((char) Integer.parseInt(hex.substring(index, index + 4), 16));
        }
        return text.toString();
    }
}
