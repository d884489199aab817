import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;

/**
 * A starter harness: connects the serializer in Topic.java to {@code topic-conformance run}. Copy this folder, replace
 * Topic.java with your own implementation, and run:
 *
 * <pre>
 * javac -d build *.java
 * npx topic-conformance run -- java -cp build Harness
 * </pre>
 *
 * docs/line-protocol.md describes the messages.
 */
public final class Harness {
    private static String build(Map<?, ?> message) {
        Object value = Tagged.decode(message.get("input"));
        switch ((String) message.get("op")) {
            case "params": return Topic.buildParams(value);
            case "topic": return Topic.build((String) message.get("route"), value);
            case "parse": {
                Topic.Parsed parsed = Topic.parse((String) value);
                return Topic.build(parsed.route(), parsed.params());
            }
            default: throw new IllegalArgumentException("unknown op " + message.get("op"));
        }
    }

    private static String runCase(Map<?, ?> message) {
        String start = "{\"type\":\"result\",\"seq\":" + message.get("seq");
        try {
            return start + ",\"text\":" + Topic.quote(build(message)) + "}";
        } catch (Topic.TopicException error) {
            // Any other exception ends the process, and the runner reports a crash.
            String reason = Topic.quote(error.getMessage());
            return start + ",\"error\":" + Topic.quote(error.code) + ",\"message\":" + reason + "}";
        }
    }

    private static String runBatch(Map<?, ?> message) {
        StringJoiner results = new StringJoiner(",");
        for (Object input : (List<?>) message.get("inputs")) {
            try {
                results.add(Topic.quote(Topic.buildParams(Tagged.decode(input))));
            } catch (Topic.TopicException error) {
                results.add("{\"error\":" + Topic.quote(error.code) + "}");
            }
        }
        return "{\"type\":\"batch\",\"seq\":" + message.get("seq") + ",\"results\":[" + results + "]}";
    }

    private static String hello() {
        Set<String> features = new TreeSet<>(Tagged.features());
        features.addAll(Set.of("batch", "error-codes", "length-limit", "parse"));
        String language = Topic.quote("Java " + System.getProperty("java.version"));
        return "{\"type\":\"hello\",\"protocol\":1,\"name\":\"java-starter\",\"language\":" + language
                + ",\"version\":\"1.0.0\",\"features\":[\"" + String.join("\",\"", features) + "\"]}";
    }

    public static void main(String[] args) throws IOException, Json.InvalidJsonException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Map<?, ?> message = (Map<?, ?>) Json.parse(line);
            switch ((String) message.get("type")) {
                case "bye": return;
                case "hello": out.print(hello() + "\n"); break;
                case "batch": out.print(runBatch(message) + "\n"); break;
                default: out.print(runCase(message) + "\n");
            }
            out.flush();
        }
    }
}
