using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

/// <summary>
/// A starter harness: connects the serializer in Topic.cs to <c>topic-conformance run</c>. Copy this folder, replace
/// Topic.cs with your own implementation, and run:
/// <code>
/// dotnet build -c Release -o build
/// npx topic-conformance run -- dotnet build/topic-harness.dll
/// </code>
/// docs/line-protocol.md describes the messages.
/// </summary>
public static class Harness
{
    private static string Build(IDictionary<string, object> message)
    {
        object value = Tagged.Decode(message["input"]);
        switch ((string)message["op"])
        {
            case "params": return Topic.BuildParams(value);
            case "topic": return Topic.Build((string)message["route"], value);
            case "parse":
                object parameters = Topic.Parse((string)value, out string route);
                return Topic.Build(route, parameters);
            default: throw new ArgumentException("unknown op " + message["op"]);
        }
    }

    private static string RunCase(IDictionary<string, object> message)
    {
        string start = "{\"type\":\"result\",\"seq\":" + message["seq"];
        try
        {
            return start + ",\"text\":" + Topic.Quote(Build(message)) + "}";
        }
        catch (TopicException error)
        {
            // Any other exception ends the process, and the runner reports a crash.
            string reason = Topic.Quote(error.Message);
            return start + ",\"error\":" + Topic.Quote(error.Code) + ",\"message\":" + reason + "}";
        }
    }

    private static string RunBatch(IDictionary<string, object> message)
    {
        IEnumerable<string> results = ((List<object>)message["inputs"]).Select(input =>
        {
            try
            {
                return Topic.Quote(Topic.BuildParams(Tagged.Decode(input)));
            }
            catch (TopicException error)
            {
                return "{\"error\":" + Topic.Quote(error.Code) + "}";
            }
        });
        return "{\"type\":\"batch\",\"seq\":" + message["seq"] + ",\"results\":[" + string.Join(",", results) + "]}";
    }

    private static string Hello()
    {
        IEnumerable<string> features = Tagged.Features.Concat(new[] { "batch", "error-codes", "length-limit", "parse" });
        string language = Topic.Quote("C#, CLR " + Environment.Version);
        return "{\"type\":\"hello\",\"protocol\":1,\"name\":\"csharp-starter\",\"language\":" + language
            + ",\"version\":\"1.0.0\",\"features\":[\"" + string.Join("\",\"", features) + "\"]}";
    }

    public static void Main()
    {
        var input = new StreamReader(Console.OpenStandardInput(), Encoding.ASCII);
        var output = new StreamWriter(Console.OpenStandardOutput(), Encoding.ASCII);
        for (string line = input.ReadLine(); line != null; line = input.ReadLine())
        {
            var message = (IDictionary<string, object>)Json.Parse(line);
            string type = (string)message["type"];
            if (type == "bye") return;
            output.Write((type == "hello" ? Hello() : type == "batch" ? RunBatch(message) : RunCase(message)) + "\n");
            output.Flush();
        }
    }
}
