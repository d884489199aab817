// A starter harness: connects the serializer in Topic.kt to `topic-conformance run`. Copy this folder, replace Topic.kt
// with your own implementation, and run:
//
//     kotlinc *.kt -include-runtime -d topic-harness.jar
//     npx topic-conformance run -- java -jar topic-harness.jar
//
// docs/line-protocol.md describes the messages.

private fun build(message: Map<*, *>): String {
    val value = decode(message["input"])
    return when (val op = message["op"]) {
        "params" -> buildTopicParams(value)
        "topic" -> buildTopic(message["route"] as String, value)
        "parse" -> parseTopic(value as String).let { (route, params) -> buildTopic(route, params) }
        else -> throw IllegalArgumentException("unknown op $op")
    }
}

private fun runCase(message: Map<*, *>): String {
    val start = """{"type":"result","seq":${message["seq"]}"""
    return try {
        """$start,"text":${quote(build(message))}}"""
    } catch (error: TopicException) {
        // Any other exception ends the process, and the runner reports a crash.
        """$start,"error":${quote(error.code)},"message":${quote(error.message)}}"""
    }
}

private fun runBatch(message: Map<*, *>): String {
    val results = (message["inputs"] as List<*>).joinToString(",") { input ->
        try {
            quote(buildTopicParams(decode(input)))
        } catch (error: TopicException) {
            """{"error":${quote(error.code)}}"""
        }
    }
    return """{"type":"batch","seq":${message["seq"]},"results":[$results]}"""
}

private fun hello(): String {
    val features = (FEATURES + listOf("batch", "error-codes", "length-limit", "parse")).joinToString(",", transform = ::quote)
    val language = quote("Kotlin ${KotlinVersion.CURRENT}, Java ${System.getProperty("java.version")}")
    return """{"type":"hello","protocol":1,"name":"kotlin-starter","language":$language,"version":"1.0.0","features":[$features]}"""
}

fun main() {
    val output = System.out.bufferedWriter(Charsets.US_ASCII)
    for (line in System.`in`.bufferedReader(Charsets.US_ASCII).lineSequence()) {
        val message = parseJson(line) as Map<*, *>
        val reply = when (message["type"]) {
            "bye" -> return
            "hello" -> hello()
            "batch" -> runBatch(message)
            else -> runCase(message)
        }
        output.write(reply + "\n")
        output.flush()
    }
}
