using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

/// <summary>Thrown for invalid input. <c>Path</c> is the JSON Pointer to the invalid value.</summary>
public sealed class TopicException : Exception
{
    public readonly string Code;
    public readonly string Path;

    public TopicException(string code, string path = "") : base(code + " at " + (path == "" ? "the top level" : path))
    {
        Code = code;
        Path = path;
    }
}

/// <summary>
/// The topic contract in C# without dependencies: an example for teams that write their own implementation. Harness.cs
/// is the harness; Tagged.cs is needed only by the harness.
/// </summary>
/// <remarks>
/// Values are null, bool, string, int, long, BigInteger, double, lists of objects and dictionaries with string keys. The
/// integer types are ints of the contract. A double is always a float: 1.0 is written as <c>1.0</c>.
/// </remarks>
public sealed class Topic
{
    private const int MaxDepth = 64;
    private const int MaxLength = 1 << 24;
    private const string ShortEscapes = "\"\\\n\r\t\f\b";
    private static readonly BigInteger IntegerLimit = BigInteger.Pow(10, 4300);

    /// <summary>`$` would also match before a line feed at the end.</summary>
    private static readonly Regex RouteName = new Regex(@"\A[A-Za-z0-9][A-Za-z0-9._-]*\z");

    private readonly StringBuilder text = new StringBuilder();

    /// <summary>The containers around the current value, and the keys that lead to it.</summary>
    private readonly List<object> open = new List<object>();
    private readonly List<string> path = new List<string>();

    private Topic() { }

    /// <summary>Returns <c>{route}:{params}</c>.</summary>
    public static string Build(string route, object parameters)
    {
        CheckRoute(route);
        return route + ":" + BuildParams(parameters);
    }

    /// <summary>Returns the canonical text of a value.</summary>
    public static string BuildParams(object value)
    {
        var writer = new Topic();
        writer.Write(value);
        return writer.text.ToString();
    }

    /// <summary>Parses a topic. Accepts only canonical topics: building the result again must give the same text.</summary>
    public static object Parse(string topic, out string route)
    {
        int colon = topic.IndexOf(':');
        if (colon < 0) throw new TopicException("invalid_topic");
        route = topic.Substring(0, colon);
        CheckRoute(route);
        string text = topic.Substring(colon + 1);
        try
        {
            object parameters = Json.Parse(text);
            if (BuildParams(parameters) == text) return parameters;
        }
        catch (Exception error) when (error is FormatException || error is TopicException)
        {
            // Reported below.
        }
        throw new TopicException("invalid_topic");
    }

    private static void CheckRoute(string name)
    {
        if (!RouteName.IsMatch(name)) throw new TopicException("invalid_route");
    }

    private TopicException Refusal(string code)
    {
        return new TopicException(code, string.Concat(path.Select(key => "/" + key.Replace("~", "~0").Replace("/", "~1"))));
    }

    /// <summary>Checks the length on every write: a small value with shared parts can produce a text of any length.</summary>
    private void Append(string piece)
    {
        if (text.Length + piece.Length > MaxLength) throw Refusal("too_long");
        text.Append(piece);
    }

    private void Write(object value)
    {
        if (value == null) Append("\"\"");
        else if (value is bool flag) Append(flag ? "true" : "false");
        else if (value is string characters) WriteString(characters);
        else if (value is int small) WriteInteger(small);
        else if (value is long large) WriteInteger(large);
        else if (value is BigInteger integer) WriteInteger(integer);
        else if (value is double number)
        {
            if (double.IsNaN(number) || double.IsInfinity(number)) throw Refusal("not_finite");
            Append(FormatFloat(number));
        }
        else if (value is IDictionary<string, object> members) WriteObject(members);
        else if (value is IList<object> items) WriteArray(items);
        else throw Refusal("unsupported_type");
    }

    private void WriteInteger(BigInteger integer)
    {
        if (BigInteger.Abs(integer) >= IntegerLimit) throw Refusal("integer_too_long");
        Append(integer.ToString(CultureInfo.InvariantCulture));
    }

    private void WriteString(string characters)
    {
        if (characters.Length > MaxLength) throw Refusal("too_long");
        Append(Quote(characters));
    }

    private void Enter(object container)
    {
        if (open.Any(outer => ReferenceEquals(outer, container))) throw Refusal("cycle");
        if (open.Count >= MaxDepth) throw Refusal("too_deep");
        open.Add(container);
    }

    private void WriteMember(string key, object value)
    {
        path.Add(key);
        Write(value);
        path.RemoveAt(path.Count - 1);
    }

    private void WriteArray(IList<object> items)
    {
        Enter(items);
        Append("[");
        for (int index = 0; index < items.Count; index++)
        {
            if (index > 0) Append(",");
            WriteMember(index.ToString(CultureInfo.InvariantCulture), items[index]);
        }
        Append("]");
        open.RemoveAt(open.Count - 1);
    }

    private void WriteObject(IDictionary<string, object> members)
    {
        Enter(members);
        string[] keys = members.Keys.ToArray();
        Array.Sort(keys, CompareCodePoints);
        Append("{");
        for (int index = 0; index < keys.Length; index++)
        {
            if (index > 0) Append(",");
            WriteString(keys[index]);
            Append(":");
            WriteMember(keys[index], members[keys[index]]);
        }
        Append("}");
        open.RemoveAt(open.Count - 1);
    }

    /// <summary>An ordinal comparison compares UTF-16 units, which puts characters beyond U+FFFF before U+E000.</summary>
    private static int CompareCodePoints(string one, string other)
    {
        int at = 0;
        while (at < one.Length && at < other.Length && one[at] == other[at]) at++;
        if (at == one.Length || at == other.Length) return one.Length.CompareTo(other.Length);
        bool follows = at > 0 && char.IsHighSurrogate(one[at - 1]);
        return Rank(one, at, follows).CompareTo(Rank(other, at, follows));
    }

    /// <summary>Returns a number with the order of the code point to which the unit at an index belongs.</summary>
    private static int Rank(string text, int at, bool followsHighSurrogate)
    {
        bool isPair = followsHighSurrogate
            ? char.IsLowSurrogate(text[at])
            : at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]);
        return isPair ? 0x10000 + text[at] : text[at];
    }

    /// <summary>Returns a JSON string in which every UTF-16 unit outside of printable ASCII is escaped.</summary>
    public static string Quote(string characters)
    {
        var quoted = new StringBuilder(characters.Length + 2).Append('"');
        foreach (char unit in characters)
        {
            int escape = ShortEscapes.IndexOf(unit);
            if (escape >= 0) quoted.Append('\\').Append("\"\\nrtfb"[escape]);
            else if (unit >= ' ' && unit <= '~') quoted.Append(unit);
            else quoted.Append("\\u").Append(((int)unit).ToString("x4", CultureInfo.InvariantCulture));
        }
        return quoted.Append('"').ToString();
    }

    /// <summary>Formats a float like repr in Python: shortest digits, an exponent below 1e-4 and from 1e16.</summary>
    private static string FormatFloat(double value)
    {
        string sign = BitConverter.DoubleToInt64Bits(value) < 0 ? "-" : "";
        if (value == 0) return sign + "0.0";
        string digits = ShortestDigits(Math.Abs(value), out int exponent);
        if (exponent < -4 || exponent >= 16)
        {
            string fraction = digits.Length > 1 ? "." + digits.Substring(1) : "";
            string magnitude = Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);
            return sign + digits[0] + fraction + "e" + (exponent < 0 ? "-" : "+") + magnitude;
        }
        if (exponent < 0) return sign + "0." + new string('0', -exponent - 1) + digits;
        if (digits.Length <= exponent + 1) return sign + digits.PadRight(exponent + 1, '0') + ".0";
        return sign + digits.Insert(exponent + 1, ".");
    }

    /// <summary>
    /// Returns the fewest digits that parse to the same double, the nearest of several, and the even one of two that are
    /// equally near. ToString does so since .NET Core 3.0; .NET Framework and Mono write others, so the digits are computed
    /// here (Burger and Dybvig, "Printing Floating-Point Numbers Quickly and Accurately").
    /// </summary>
    private static string ShortestDigits(double value, out int exponent)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int biased = (int)(bits >> 52);
        long mantissa = bits & 0xfffffffffffffL;
        // The doubles below a power of two are closer than those above it.
        bool isPower = mantissa == 0 && biased > 1;
        if (biased == 0) biased = 1;
        else mantissa |= 1L << 52;
        int power = biased - 1075;
        bool isEven = mantissa % 2 == 0;

        // The value is rest / scale, and the numbers between rest - below and rest + above parse to it.
        BigInteger below = BigInteger.One << Math.Max(power, 0);
        BigInteger above = isPower ? below * 2 : below;
        BigInteger rest = (above * mantissa) << 1;
        BigInteger scale = BigInteger.One << (Math.Max(-power, 0) + (isPower ? 2 : 1));
        exponent = (int)Math.Floor(Math.Log10(value) - 1e-10);
        BigInteger shift = BigInteger.Pow(10, Math.Abs(exponent));
        if (exponent >= 0) scale *= shift;
        else
        {
            rest *= shift;
            below *= shift;
            above *= shift;
        }
        // The estimate can be one too low, and the nearest digits can be those of the next power of ten.
        if (Reaches(rest + above, scale * 10, isEven))
        {
            exponent++;
            scale *= 10;
        }
        var digits = new StringBuilder();
        for (; ; rest *= 10, below *= 10, above *= 10)
        {
            int digit = (int)BigInteger.DivRem(rest, scale, out rest);
            bool isLow = Reaches(below, rest, isEven);
            bool isHigh = Reaches(rest + above, scale, isEven);
            if (isLow && isHigh)
            {
                int half = (rest * 2).CompareTo(scale);
                if (half > 0 || half == 0 && digit % 2 == 1) digit++;
            }
            else if (isHigh) digit++;
            digits.Append((char)('0' + digit));
            if (isLow || isHigh) return digits.ToString();
        }
    }

    /// <summary>A limit itself parses to an even double only.</summary>
    private static bool Reaches(BigInteger number, BigInteger limit, bool isEven)
    {
        return isEven ? number >= limit : number > limit;
    }
}
