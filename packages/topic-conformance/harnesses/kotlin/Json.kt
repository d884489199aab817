import java.math.BigInteger

/** Limits recursion. Topics have at most 64 levels; the lines of the harness have more, because tags are nested too. */
private const val MAX_DEPTH = 500

/** Longer integers are never canonical, and parsing them takes quadratic time. */
private const val MAX_INTEGER_LENGTH = 4301

private val NUMBER = Regex("""-?(?:0|[1-9][0-9]*+)(\.[0-9]++)?([eE][+-]?[0-9]++)?""")

/** Thrown for a text that is not JSON. */
class InvalidJsonException(at: Int) : Exception("invalid JSON at index $at")

/**
 * Parses JSON. Keeps ints ([BigInteger]) apart from floats ([Double]), and integers of any size exact. The last of several
 * equal keys wins.
 *
 * @throws InvalidJsonException if the text is not JSON
 */
fun parseJson(text: String): Any? = JsonParser(text).parse()

private class JsonParser(private val text: String) {
    private var at = 0

    fun parse(): Any? {
        val value = value(0)
        skip("")
        if (at < text.length) throw InvalidJsonException(at)
        return value
    }

    /** Skips white space and then a token. Returns whether the token was there. */
    private fun skip(token: String): Boolean {
        while (at < text.length && text[at] in " \t\n\r") at++
        val follows = text.startsWith(token, at)
        if (follows) at += token.length
        return follows
    }

    private fun expect(token: String) {
        if (!skip(token)) throw InvalidJsonException(at)
    }

    private fun next(): Char = if (at < text.length) text[at++] else throw InvalidJsonException(at)

    private fun value(depth: Int): Any? = when {
        depth > MAX_DEPTH -> throw InvalidJsonException(at)
        skip("null") -> null
        skip("true") -> true
        skip("false") -> false
        skip("\"") -> string()
        skip("[") -> array(depth + 1)
        skip("{") -> members(depth + 1)
        else -> number()
    }

    private fun array(depth: Int): List<Any?> {
        val items = mutableListOf<Any?>()
        if (skip("]")) return items
        do items.add(value(depth)) while (skip(","))
        expect("]")
        return items
    }

    private fun members(depth: Int): Map<String, Any?> {
        val members = mutableMapOf<String, Any?>()
        if (skip("}")) return members
        do {
            expect("\"")
            val key = string()
            expect(":")
            members[key] = value(depth)
        } while (skip(","))
        expect("}")
        return members
    }

    private fun number(): Any {
        val match = NUMBER.find(text, at)
        if (match == null || match.range.first != at) throw InvalidJsonException(at)
        at += match.value.length
        if (match.groupValues[1] != "" || match.groupValues[2] != "") return match.value.toDouble()
        if (match.value.length > MAX_INTEGER_LENGTH) throw InvalidJsonException(at)
        return BigInteger(match.value)
    }

    private fun string(): String {
        val string = StringBuilder()
        while (true) {
            when (val unit = next()) {
                '"' -> return string.toString()
                '\\' -> string.append(escape())
                else -> string.append(unit)
            }
        }
    }

    private fun escape(): Char {
        val letter = next()
        val index = "\"\\/nrtfb".indexOf(letter)
        if (index >= 0) return "\"\\/\n\r\t\u000c\b"[index]
        if (letter != 'u') throw InvalidJsonException(at)
        val digits = String(CharArray(4) { next() })
        if (!digits.all { it in "0123456789abcdefABCDEF" }) throw InvalidJsonException(at)
        return digits.toInt(16).toChar()
    }
}
