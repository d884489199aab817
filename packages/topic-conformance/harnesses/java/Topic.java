import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The topic contract in Java without dependencies: an example for teams that write their own implementation.
 * Harness.java is the harness; Tagged.java is needed only by the harness.
 *
 * <p>Values are null, Boolean, String, Integer, Long, BigInteger, Double, List and Map with String keys. The integer
 * types are ints of the contract. A Double is always a float: 1.0 is written as {@code 1.0}.
 */
public final class Topic {
    private static final int MAX_DEPTH = 64;
    private static final int MAX_LENGTH = 16_777_216;
    private static final BigInteger INTEGER_LIMIT = BigInteger.TEN.pow(4300);
    private static final Pattern ROUTE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final String SHORT_ESCAPES = "\"\\\n\r\t\f\b";

    /** The route name and the params of a parsed topic. */
    public record Parsed(String route, Object params) {}

    /** Thrown for invalid input. {@code path} is the JSON Pointer to the invalid value. */
    public static final class TopicException extends RuntimeException {
        public final String code;
        public final String path;

        TopicException(String code, String path) {
            super(code + " at " + (path.isEmpty() ? "the top level" : path));
            this.code = code;
            this.path = path;
        }
    }

    /** Returns {@code {route}:{params}}. */
    public static String build(String route, Object params) {
        checkRoute(route);
        return route + ":" + buildParams(params);
    }

    /** Returns the canonical text of a value. */
    public static String buildParams(Object value) {
        Topic writer = new Topic();
        writer.write(value);
        return writer.text.toString();
    }

    /** Parses a topic. Accepts only canonical topics: building the result again must give the same text. */
    public static Parsed parse(String topic) {
        int colon = topic.indexOf(':');
        if (colon < 0) throw new TopicException("invalid_topic", "");
        String route = topic.substring(0, colon);
        checkRoute(route);
        String text = topic.substring(colon + 1);
        try {
            Object params = Json.parse(text);
            if (buildParams(params).equals(text)) return new Parsed(route, params);
        } catch (Json.InvalidJsonException | TopicException invalid) {
            // Reported below.
        }
        throw new TopicException("invalid_topic", "");
    }

    private static void checkRoute(String name) {
        if (!ROUTE_NAME.matcher(name).matches()) throw new TopicException("invalid_route", "");
    }

    private final StringBuilder text = new StringBuilder();
    /** The containers around the current value, and the keys that lead to it. */
    private final List<Object> open = new ArrayList<>();
    private final Deque<String> path = new ArrayDeque<>();

    private Topic() {}

    private TopicException refusal(String code) {
        StringBuilder pointer = new StringBuilder();
        for (String key : path) pointer.append('/').append(key.replace("~", "~0").replace("/", "~1"));
        return new TopicException(code, pointer.toString());
    }

    /** Checks the length on every write: a small value with shared parts can produce a text of any length. */
    private void append(String piece) {
        if (text.length() + piece.length() > MAX_LENGTH) throw refusal("too_long");
        text.append(piece);
    }

    private void write(Object value) {
        if (value == null) append("\"\"");
        else if (value instanceof Boolean) append(value.toString());
        else if (value instanceof String string) writeString(string);
        else if (value instanceof Integer || value instanceof Long) append(value.toString());
        else if (value instanceof BigInteger integer) {
            if (integer.abs().compareTo(INTEGER_LIMIT) >= 0) throw refusal("integer_too_long");
            append(integer.toString());
        } else if (value instanceof Double number) {
            if (!Double.isFinite(number)) throw refusal("not_finite");
            append(formatFloat(number));
        } else if (value instanceof List<?> items) {
            enter(items);
            writeArray(items);
            open.remove(open.size() - 1);
        } else if (value instanceof Map<?, ?> members) {
            enter(members);
            writeObject(members);
            open.remove(open.size() - 1);
        } else throw refusal("unsupported_type");
    }

    private void writeString(String string) {
        if (string.length() > MAX_LENGTH) throw refusal("too_long");
        append(quote(string));
    }

    private void enter(Object container) {
        for (Object outer : open) if (outer == container) throw refusal("cycle");
        if (open.size() >= MAX_DEPTH) throw refusal("too_deep");
        open.add(container);
    }

    private void writeArray(List<?> items) {
        append("[");
        int index = 0;
        for (Object item : items) {
            if (index > 0) append(",");
            path.addLast(String.valueOf(index++));
            write(item);
            path.removeLast();
        }
        append("]");
    }

    private void writeObject(Map<?, ?> members) {
        List<String> keys = new ArrayList<>();
        for (Object key : members.keySet()) {
            if (!(key instanceof String)) throw refusal("unsupported_type");
            keys.add((String) key);
        }
        keys.sort(Topic::compareCodePoints);
        append("{");
        boolean isFirst = true;
        for (String key : keys) {
            if (!isFirst) append(",");
            isFirst = false;
            path.addLast(key);
            writeString(key);
            append(":");
            write(members.get(key));
            path.removeLast();
        }
        append("}");
    }

    /** String.compareTo compares UTF-16 units, which puts characters beyond U+FFFF before U+E000. */
    private static int compareCodePoints(String one, String other) {
        int at = 0;
        while (at < one.length() && at < other.length()) {
            int point = one.codePointAt(at);
            int difference = Integer.compare(point, other.codePointAt(at));
            if (difference != 0) return difference;
            at += Character.charCount(point);
        }
        return Integer.compare(one.length(), other.length());
    }

    /** Returns a JSON string in which every UTF-16 unit outside of printable ASCII is escaped. */
    static String quote(String string) {
        StringBuilder quoted = new StringBuilder(string.length() + 2).append('"');
        for (int index = 0; index < string.length(); index++) {
            char unit = string.charAt(index);
            int escape = SHORT_ESCAPES.indexOf(unit);
            if (escape >= 0) quoted.append('\\').append("\"\\nrtfb".charAt(escape));
            else if (unit >= ' ' && unit <= '~') quoted.append(unit);
            else {
                quoted.append("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) quoted.append(Character.forDigit(unit >> shift & 0xf, 16));
            }
        }
        return quoted.append('"').toString();
    }

    /** Formats a float like repr in Python: shortest digits, an exponent below 1e-4 and from 1e16. */
    private static String formatFloat(double value) {
        if (value == 0) return 1 / value < 0 ? "-0.0" : "0.0";
        BigDecimal shortest = shortest(value).stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            return shortest.scale() <= 0 ? shortest.toBigInteger() + ".0" : shortest.toPlainString();
        }
        String digits = shortest.unscaledValue().abs().toString();
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        String sign = exponent < 0 ? "-" : "+";
        String start = (value < 0 ? "-" : "") + digits.charAt(0) + fraction + "e" + sign;
        return start + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    /**
     * Returns the decimal with the fewest digits that parses to the same double, and the nearest of several. Double.toString
     * writes more digits than necessary before Java 19, and at least two since then.
     */
    private static BigDecimal shortest(double value) {
        BigDecimal exact = new BigDecimal(value);
        BigDecimal shortest = new BigDecimal(Double.toString(value));
        for (int digits = shortest.precision(); digits > 0; digits--) {
            BigDecimal shorter = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            // At a power of two, the doubles below are closer than those above: only the farther decimal can be right.
            if (shorter.doubleValue() != value) shorter = exact.round(new MathContext(digits, RoundingMode.UP));
            if (shorter.doubleValue() != value) break;
            shortest = shorter;
        }
        return shortest;
    }
}
