import java.math.BigDecimal
import java.math.BigInteger
import java.util.Date
import java.util.concurrent.CompletableFuture

private data class Instance(val a: Int)

private val HOSTS: Map<String, () -> Any> = mapOf(
    "bytes" to { byteArrayOf(1) },
    "date" to { Date(0) },
    "decimal" to { BigDecimal("1.5") },
    "error" to { IllegalStateException("a") },
    "function" to { { 1 } },
    "generator" to { sequenceOf(1, 2) },
    "instance" to { Instance(1) },
    "non-string-key" to { mapOf(1 to "a") },
    "promise" to { CompletableFuture.completedFuture(1) },
    "regexp" to { Regex("a") },
    "set" to { setOf(1) },
)

/** The features (docs/vectors.md) that [decode] supports. Numbers of Kotlin are always typed. */
val FEATURES: List<String> =
    listOf("bigint", "cycle", "float", "lone-surrogate", "shared") + HOSTS.keys.map { kind -> "host-$kind" }

/** Returns the value of a tagged value. Throws for an unsupported tag: the runner reports a crash. */
fun decode(tagged: Any?): Any? = when (tagged) {
    is List<*> -> tagged.map(::decode)
    is Map<*, *> -> {
        val tag = tagged.keys.singleOrNull() as String?
        if (tag != null && tag.startsWith("$")) decodeTag(tag, tagged[tag]) else tagged.mapValues { decode(it.value) }
    }
    else -> tagged
}

private fun decodeTag(tag: String, argument: Any?): Any? = when (tag) {
    "\$float" -> (argument as String).replace("nan", "NaN").replace("inf", "Infinity").toDouble()
    "\$int" -> BigInteger(argument as String)
    "\$utf16" -> (argument as String).chunked(4).joinToString("") { unit -> unit.toInt(16).toChar().toString() }
    "\$cycle" -> cycle(argument as String)
    "\$host" -> HOSTS.getValue(argument as String)()
    else -> decodeList(tag, argument as List<*>)
}

private fun decodeList(tag: String, items: List<*>): Any? = when (tag) {
    "\$object" -> items.map { it as List<*> }.associate { (key, value) -> decode(key) as String to decode(value) }
    "\$repeat" -> (items[0] as String).repeat(count(items))
    "\$nest" -> {
        val isArray = items[0] == "array"
        val innermost: Any = if (isArray) emptyList<Any>() else emptyMap<String, Any>()
        stack(innermost, count(items) - 1) { value -> if (isArray) listOf(value) else mapOf("a" to value) }
    }
    "\$shared" -> {
        val isArray = items[0] == "array"
        stack(decode(items[2]), count(items)) { value ->
            if (isArray) listOf(value, value) else mapOf("a" to value, "b" to value)
        }
    }
    else -> throw IllegalArgumentException("unsupported tag $tag")
}

private fun count(items: List<*>): Int = (items[1] as BigInteger).toInt()

private fun stack(innermost: Any?, levels: Int, wrap: (Any?) -> Any): Any? {
    var value = innermost
    repeat(levels) { value = wrap(value) }
    return value
}

private fun cycle(kind: String): Any {
    if (kind == "array") return mutableListOf<Any>().apply { add(this) }
    return mutableMapOf<String, Any>().apply { put("self", this) }
}
