// The topic contract in Kotlin without dependencies: an example for teams that write their own implementation. Harness.kt
// is the harness; Tagged.kt is needed only by the harness.
//
// Values are null, Boolean, String, Int, Long, BigInteger, Double, List and Map with String keys. The integer types are
// ints of the contract. A Double is always a float: 1.0 is written as "1.0".
import java.math.BigDecimal
import java.math.BigInteger
import java.math.MathContext
import java.math.RoundingMode
import kotlin.math.abs

private const val MAX_DEPTH = 64
private const val MAX_LENGTH = 16_777_216
private val INTEGER_LIMIT = BigInteger.TEN.pow(4300)
private val ROUTE_NAME = Regex("[A-Za-z0-9][A-Za-z0-9._-]*")

/** The route name and the params of a parsed topic. */
data class ParsedTopic(val route: String, val params: Any?)

/** Thrown for invalid input. [path] is the JSON Pointer to the invalid value. */
class TopicException(val code: String, val path: String = "") : RuntimeException() {
    override val message: String get() = "$code at ${path.ifEmpty { "the top level" }}"
}

/** Returns `{route}:{params}`. */
fun buildTopic(route: String, params: Any?): String {
    checkRoute(route)
    return "$route:${buildTopicParams(params)}"
}

/** Returns the canonical text of a value. */
fun buildTopicParams(value: Any?): String = Writer().apply { write(value) }.text.toString()

/** Parses a topic. Accepts only canonical topics: building the result again must give the same text. */
fun parseTopic(topic: String): ParsedTopic {
    val colon = topic.indexOf(':')
    if (colon < 0) throw TopicException("invalid_topic")
    val route = topic.substring(0, colon)
    checkRoute(route)
    val text = topic.substring(colon + 1)
    try {
        val params = parseJson(text)
        if (buildTopicParams(params) == text) return ParsedTopic(route, params)
    } catch (invalid: InvalidJsonException) {
        // Reported below.
    } catch (invalid: TopicException) {
        // Reported below.
    }
    throw TopicException("invalid_topic")
}

private fun checkRoute(name: String) {
    if (!ROUTE_NAME.matches(name)) throw TopicException("invalid_route")
}

private class Writer {
    val text = StringBuilder()

    /** The containers around the current value, and the keys that lead to it. */
    private val open = mutableListOf<Any>()
    private val path = mutableListOf<String>()

    private fun refuse(code: String): Nothing =
        throw TopicException(code, path.joinToString("") { key -> "/" + key.replace("~", "~0").replace("/", "~1") })

    /** Checks the length on every write: a small value with shared parts can produce a text of any length. */
    private fun append(piece: String) {
        if (text.length + piece.length > MAX_LENGTH) refuse("too_long")
        text.append(piece)
    }

    fun write(value: Any?) {
        when (value) {
            null -> append("\"\"")
            is Boolean, is Int, is Long -> append(value.toString())
            is String -> writeString(value)
            is BigInteger -> append(if (value.abs() < INTEGER_LIMIT) value.toString() else refuse("integer_too_long"))
            is Double -> append(if (value.isFinite()) formatFloat(value) else refuse("not_finite"))
            is List<*> -> writeContainer(value, "[]", value.indices.map(Int::toString)) { key -> value[key.toInt()] }
            is Map<*, *> -> {
                val keys = value.keys.map { key -> key as? String ?: refuse("unsupported_type") }
                writeContainer(value, "{}", keys.sortedWith(::compareCodePoints)) { key -> value[key] }
            }
            else -> refuse("unsupported_type")
        }
    }

    private fun writeString(string: String) {
        if (string.length > MAX_LENGTH) refuse("too_long")
        append(quote(string))
    }

    private fun writeContainer(container: Any, brackets: String, keys: List<String>, read: (String) -> Any?) {
        if (open.any { outer -> outer === container }) refuse("cycle")
        if (open.size >= MAX_DEPTH) refuse("too_deep")
        open.add(container)
        append(brackets.take(1))
        keys.forEachIndexed { index, key ->
            if (index > 0) append(",")
            path.add(key)
            if (container is Map<*, *>) {
                writeString(key)
                append(":")
            }
            write(read(key))
            path.removeAt(path.lastIndex)
        }
        append(brackets.drop(1))
        open.removeAt(open.lastIndex)
    }
}

/** compareTo compares UTF-16 units, which puts characters beyond U+FFFF before U+E000. */
private fun compareCodePoints(one: String, other: String): Int {
    var at = 0
    while (at < one.length && at < other.length) {
        val point = one.codePointAt(at)
        if (point != other.codePointAt(at)) return point.compareTo(other.codePointAt(at))
        at += Character.charCount(point)
    }
    return one.length.compareTo(other.length)
}

/** Returns a JSON string in which every UTF-16 unit outside of printable ASCII is escaped. */
fun quote(string: String): String = buildString(string.length + 2) {
    append('"')
    for (unit in string) {
        val escape = "\"\\\n\r\t\u000c\b".indexOf(unit)
        when {
            escape >= 0 -> append('\\').append("\"\\nrtfb"[escape])
            unit in ' '..'~' -> append(unit)
            else -> append("\\u").append(unit.code.toString(16).padStart(4, '0'))
        }
    }
    append('"')
}

/** Formats a float like repr in Python: shortest digits, an exponent below 1e-4 and from 1e16. */
private fun formatFloat(value: Double): String {
    if (value == 0.0) return if (1 / value < 0) "-0.0" else "0.0"
    val shortest = shortest(value).stripTrailingZeros()
    val exponent = shortest.precision() - shortest.scale() - 1
    if (exponent in -4..15) return if (shortest.scale() > 0) shortest.toPlainString() else "${shortest.toBigInteger()}.0"
    val digits = shortest.unscaledValue().abs().toString()
    val fraction = if (digits.length > 1) "." + digits.drop(1) else ""
    val sign = if (exponent < 0) "-" else "+"
    return (if (value < 0) "-" else "") + digits[0] + fraction + "e" + sign + abs(exponent).toString().padStart(2, '0')
}

/**
 * Returns the decimal with the fewest digits that parses to the same double, and the nearest of several. On the JVM,
 * Double.toString writes more digits than necessary before Java 19, and at least two since then.
 */
private fun shortest(value: Double): BigDecimal {
    val exact = BigDecimal(value)
    var shortest = BigDecimal(value.toString())
    for (digits in shortest.precision() downTo 1) {
        // At a power of two, the doubles below are closer than those above: only the farther decimal can be right.
        val shorter = listOf(RoundingMode.HALF_EVEN, RoundingMode.UP).map { mode -> exact.round(MathContext(digits, mode)) }
        shortest = shorter.find { decimal -> decimal.toDouble() == value } ?: break
    }
    return shortest
}
