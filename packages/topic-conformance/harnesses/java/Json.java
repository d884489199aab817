import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A small JSON parser. It keeps ints (BigInteger) apart from floats (Double), and integers of any size exact. */
final class Json {
    /** Limits recursion. Topics have at most 64 levels; the lines of the harness have more, because tags are nested too. */
    private static final int MAX_DEPTH = 500;

    /** Longer integers are never canonical, and parsing them takes quadratic time. */
    private static final int MAX_INTEGER_LENGTH = 4301;

    private static final Pattern NUMBER = Pattern.compile("-?(?:0|[1-9][0-9]*+)(\\.[0-9]++)?([eE][+-]?[0-9]++)?");

    /** Thrown for a text that is not JSON. */
    static final class InvalidJsonException extends Exception {}

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** Parses JSON. The last of several equal keys wins. */
    static Object parse(String text) throws InvalidJsonException {
        Json parser = new Json(text);
        Object value = parser.value(0);
        parser.skipSpace();
        if (parser.at < text.length()) throw new InvalidJsonException();
        return value;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) at++;
    }

    private boolean skip(String token) {
        skipSpace();
        boolean follows = text.startsWith(token, at);
        if (follows) at += token.length();
        return follows;
    }

    private void expect(String token) throws InvalidJsonException {
        if (!skip(token)) throw new InvalidJsonException();
    }

    private char next() throws InvalidJsonException {
        if (at >= text.length()) throw new InvalidJsonException();
        return text.charAt(at++);
    }

    private Object value(int depth) throws InvalidJsonException {
        if (depth > MAX_DEPTH) throw new InvalidJsonException();
        if (skip("null")) return null;
        if (skip("true")) return true;
        if (skip("false")) return false;
        if (skip("\"")) return string();
        if (skip("[")) return array(depth + 1);
        if (skip("{")) return object(depth + 1);
        return number();
    }

    private List<Object> array(int depth) throws InvalidJsonException {
        List<Object> items = new ArrayList<>();
        if (skip("]")) return items;
        do items.add(value(depth)); while (skip(","));
        expect("]");
        return items;
    }

    private Map<String, Object> object(int depth) throws InvalidJsonException {
        Map<String, Object> members = new LinkedHashMap<>();
        if (skip("}")) return members;
        do {
            expect("\"");
            String key = string();
            expect(":");
            members.put(key, value(depth));
        } while (skip(","));
        expect("}");
        return members;
    }

    private Object number() throws InvalidJsonException {
        Matcher matcher = NUMBER.matcher(text).region(at, text.length());
        if (!matcher.lookingAt()) throw new InvalidJsonException();
        at = matcher.end();
        String token = matcher.group();
        if (matcher.group(1) != null || matcher.group(2) != null) return Double.valueOf(token);
        if (token.length() > MAX_INTEGER_LENGTH) throw new InvalidJsonException();
        return new BigInteger(token);
    }

    private String string() throws InvalidJsonException {
        StringBuilder string = new StringBuilder();
        for (char unit = next(); unit != '"'; unit = next()) {
            if (unit != '\\') string.append(unit);
            else string.append(escape());
        }
        return string.toString();
    }

    private char escape() throws InvalidJsonException {
        char letter = next();
        switch (letter) {
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'f': return '\f';
            case 'b': return '\b';
            case 'u': break;
            default:
                if ("\"\\/".indexOf(letter) < 0) throw new InvalidJsonException();
                return letter;
        }
        int unit = 0;
        for (int count = 0; count < 4; count++) {
            int digit = Character.digit(next(), 16);
            if (digit < 0) throw new InvalidJsonException();
            unit = unit << 4 | digit;
        }
        return (char) unit;
    }
}
