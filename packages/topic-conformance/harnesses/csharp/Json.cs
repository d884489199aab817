using System;
using System.Collections.Generic;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

/// <summary>A small JSON parser. It keeps ints (BigInteger) apart from floats (double), and integers of any size exact.</summary>
internal sealed class Json
{
    /// <summary>Limits recursion. Topics have at most 64 levels; the lines of the harness have more, because tags are nested too.</summary>
    private const int MaxDepth = 500;

    /// <summary>Longer integers are never canonical, and parsing them takes quadratic time.</summary>
    private const int MaxIntegerLength = 4301;

    private static readonly Regex Number = new Regex(@"\G-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private readonly string text;
    private int at;

    private Json(string text)
    {
        this.text = text;
    }

    /// <summary>Parses JSON. The last of several equal keys wins.</summary>
    /// <exception cref="FormatException">The text is not JSON.</exception>
    public static object Parse(string text)
    {
        var parser = new Json(text);
        object value = parser.Value(0);
        parser.SkipSpace();
        if (parser.at < text.Length) throw new FormatException("the JSON value ends before the text");
        return value;
    }

    private FormatException Invalid()
    {
        return new FormatException("invalid JSON at index " + at);
    }

    private void SkipSpace()
    {
        while (at < text.Length && " \t\n\r".IndexOf(text[at]) >= 0) at++;
    }

    private bool Skip(string token)
    {
        SkipSpace();
        bool follows = string.CompareOrdinal(text, at, token, 0, token.Length) == 0;
        if (follows) at += token.Length;
        return follows;
    }

    private void Expect(string token)
    {
        if (!Skip(token)) throw Invalid();
    }

    private char Next()
    {
        if (at >= text.Length) throw Invalid();
        return text[at++];
    }

    private object Value(int depth)
    {
        if (depth > MaxDepth) throw Invalid();
        if (Skip("null")) return null;
        if (Skip("true")) return true;
        if (Skip("false")) return false;
        if (Skip("\"")) return String();
        if (Skip("[")) return Array(depth + 1);
        if (Skip("{")) return Object(depth + 1);
        return ParseNumber();
    }

    private List<object> Array(int depth)
    {
        var items = new List<object>();
        if (Skip("]")) return items;
        do items.Add(Value(depth)); while (Skip(","));
        Expect("]");
        return items;
    }

    private Dictionary<string, object> Object(int depth)
    {
        var members = new Dictionary<string, object>();
        if (Skip("}")) return members;
        do
        {
            Expect("\"");
            string key = String();
            Expect(":");
            members[key] = Value(depth);
        } while (Skip(","));
        Expect("}");
        return members;
    }

    private object ParseNumber()
    {
        Match match = Number.Match(text, at);
        if (!match.Success) throw Invalid();
        string token = match.Value;
        at += token.Length;
        if (match.Groups[1].Success || match.Groups[2].Success) return ParseFloat(token);
        if (token.Length > MaxIntegerLength) throw Invalid();
        return BigInteger.Parse(token, CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Parses a float. double.Parse does so since .NET Core 3.0; .NET Framework and Mono round some numbers wrongly, lose the
    /// sign of -0.0 and throw for large numbers, so the nearest double is computed here.
    /// </summary>
    public static double ParseFloat(string token)
    {
        Match match = Regex.Match(token, @"^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$");
        double sign = match.Groups[1].Length > 0 ? -1 : 1;
        string fraction = match.Groups[3].Value;
        string digits = (match.Groups[2].Value + fraction).TrimStart('0');
        if (digits == "") return sign * 0.0;
        BigInteger exponent = -fraction.Length;
        if (match.Groups[4].Success) exponent += BigInteger.Parse(match.Groups[4].Value, CultureInfo.InvariantCulture);
        if (digits.Length + exponent > 310) return sign * double.PositiveInfinity;
        if (digits.Length + exponent < -330) return sign * 0.0;

        BigInteger shift = BigInteger.Pow(10, (int)BigInteger.Abs(exponent));
        BigInteger dividend = BigInteger.Parse(digits, CultureInfo.InvariantCulture) * (exponent > 0 ? shift : 1);
        BigInteger divisor = exponent < 0 ? shift : 1;
        // The largest mantissa of at most 53 bits. The smallest double is 2^-1074.
        int power = Math.Max((int)(BigInteger.Log(dividend, 2) - BigInteger.Log(divisor, 2)) - 54, -1074);
        BigInteger mantissa, rest;
        for (; ; power++)
        {
            if (power > 0) mantissa = BigInteger.DivRem(dividend, divisor << power, out rest);
            else mantissa = BigInteger.DivRem(dividend << -power, divisor, out rest);
            if (mantissa < BigInteger.One << 53) break;
        }
        int half = (rest * 2).CompareTo(power > 0 ? divisor << power : divisor);
        if (half > 0 || half == 0 && !mantissa.IsEven) mantissa += 1;
        return sign * (double)mantissa * Math.Pow(2, power);
    }

    private string String()
    {
        var result = new StringBuilder();
        for (char unit = Next(); unit != '"'; unit = Next()) result.Append(unit == '\\' ? Escape() : unit);
        return result.ToString();
    }

    private char Escape()
    {
        char letter = Next();
        int index = "\"\\/nrtfb".IndexOf(letter);
        if (index >= 0) return "\"\\/\n\r\t\f\b"[index];
        if (letter != 'u') throw Invalid();
        int unit = 0;
        for (int count = 0; count < 4; count++)
        {
            int digit = "0123456789abcdef0123456789ABCDEF".IndexOf(Next());
            if (digit < 0) throw Invalid();
            unit = unit << 4 | digit & 15;
        }
        return (char)unit;
    }
}
