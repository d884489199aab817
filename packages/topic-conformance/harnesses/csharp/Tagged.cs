using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

/// <summary>Converts tagged values (docs/vectors.md) to values of .NET.</summary>
internal static class Tagged
{
    private static readonly Dictionary<string, Func<object>> Hosts = new Dictionary<string, Func<object>>
    {
        ["bytes"] = () => new byte[] { 1 },
        ["complex"] = () => Complex.ImaginaryOne,
        ["date"] = () => new DateTime(1970, 1, 1),
        ["decimal"] = () => 1.5m,
        ["error"] = () => new InvalidOperationException("a"),
        ["function"] = () => new Action(() => { }),
        ["instance"] = () => new { A = 1 },
        ["non-string-key"] = () => new Dictionary<int, object> { [1] = "a" },
        ["promise"] = () => Task.FromResult(1),
        ["regexp"] = () => new Regex("a"),
        ["set"] = () => new HashSet<int> { 1 },
    };

    /// <summary>The features (docs/vectors.md) that <see cref="Decode"/> supports. Numbers of C# are always typed.</summary>
    public static readonly IEnumerable<string> Features =
        new[] { "bigint", "cycle", "float", "lone-surrogate", "shared" }.Concat(Hosts.Keys.Select(kind => "host-" + kind));

    /// <summary>Returns the value of a tagged value. Throws for an unsupported tag: the runner reports a crash.</summary>
    public static object Decode(object tagged)
    {
        if (tagged is List<object> items) return items.Select(Decode).ToList();
        if (!(tagged is Dictionary<string, object> members)) return tagged;
        if (members.Count == 1 && members.Keys.First().StartsWith("$", StringComparison.Ordinal))
        {
            return DecodeTag(members.Keys.First(), members.Values.First());
        }
        return members.ToDictionary(member => member.Key, member => Decode(member.Value));
    }

    private static object DecodeTag(string tag, object argument)
    {
        switch (tag)
        {
            case "$float": return DecodeFloat((string)argument);
            case "$int": return BigInteger.Parse((string)argument, CultureInfo.InvariantCulture);
            case "$utf16": return DecodeUtf16((string)argument);
            case "$cycle": return Cycle((string)argument);
            case "$host": return Hosts[(string)argument]();
        }
        var items = (List<object>)argument;
        switch (tag)
        {
            case "$object": return items.Cast<List<object>>().ToDictionary(pair => (string)Decode(pair[0]), pair => Decode(pair[1]));
            case "$repeat": return new StringBuilder().Insert(0, (string)items[0], (int)(BigInteger)items[1]).ToString();
            case "$nest": return Stack(items, 1, Container((string)items[0]));
            case "$shared": return Stack(items, 0, Decode(items[2]));
            default: throw new ArgumentException("unsupported tag " + tag);
        }
    }

    /// <summary>Wraps a value in containers with one member, or with two if the value is shared.</summary>
    private static object Stack(List<object> items, int level, object value)
    {
        for (; level < (int)(BigInteger)items[1]; level++)
        {
            value = items.Count == 2 ? Container((string)items[0], value) : Container((string)items[0], value, value);
        }
        return value;
    }

    private static object Container(string kind, params object[] members)
    {
        if (kind == "array") return members.ToList();
        return members.Zip("ab", (value, key) => new { key, value }).ToDictionary(pair => pair.key.ToString(), pair => pair.value);
    }

    private static object Cycle(string kind)
    {
        if (kind == "array")
        {
            var items = new List<object>();
            items.Add(items);
            return items;
        }
        var members = new Dictionary<string, object>();
        members["self"] = members;
        return members;
    }

    private static double DecodeFloat(string text)
    {
        switch (text)
        {
            case "nan": return double.NaN;
            case "inf": return double.PositiveInfinity;
            case "-inf": return double.NegativeInfinity;
            default: return Json.ParseFloat(text);
        }
    }

    private static string DecodeUtf16(string hex)
    {
        var text = new StringBuilder();
        for (int index = 0; index < hex.Length; index += 4)
        {
            text.Append((char)ushort.Parse(hex.Substring(index, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }
        return text.ToString();
    }
}
