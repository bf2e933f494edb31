using System;
using System.Collections.Generic;
using System.Globalization;

namespace ModelBuild.Plan;

/// <summary>
/// The names of one scope, of which no two are the same. A name that is taken gets the next free number: <c>input</c>, <c>input2</c>,
/// <c>input3</c> in C#, or <c>Relu</c>, <c>Relu_1</c>, <c>Relu_2</c> in a graph.
/// </summary>
internal sealed class UniqueNames
{
    private readonly HashSet<string> _taken;

    /// <summary>The number that was given last: to look for the next from the start takes the square of how many there are.</summary>
    private readonly Dictionary<string, int> _numbers;

    private readonly string _separator;
    private readonly int _firstNumber;

    /// <param name="taken">Names that nothing else gets.</param>
    /// <param name="separator">What stands before a number.</param>
    /// <param name="firstNumber">The number of what asks for a name as the second.</param>
    public UniqueNames(IEnumerable<string> taken, string separator = "", int firstNumber = 2)
    {
        _taken = new HashSet<string>(taken, StringComparer.Ordinal);
        _numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        _separator = separator;
        _firstNumber = firstNumber;
    }

    /// <summary>The same names, to go on with by themselves.</summary>
    public UniqueNames(UniqueNames other)
    {
        _taken = new HashSet<string>(other._taken, StringComparer.Ordinal);
        _numbers = new Dictionary<string, int>(other._numbers, StringComparer.Ordinal);
        _separator = other._separator;
        _firstNumber = other._firstNumber;
    }

    public IReadOnlyCollection<string> Taken => _taken;

    public bool Contains(string name) => _taken.Contains(name);

    /// <summary>Takes a name as it is. False when it is taken.</summary>
    public bool Reserve(string name) => _taken.Add(name);

    /// <summary>Takes a name, or the next free one that is made of it.</summary>
    public string Add(string wanted)
    {
        if (_taken.Add(wanted))
        {
            return wanted;
        }

        int number = _numbers.TryGetValue(wanted, out int last) ? last + 1 : _firstNumber;
        string name = Numbered(number);
        while (!_taken.Add(name))
        {
            number++;
            name = Numbered(number);
        }

        _numbers[wanted] = number;
        return name;

        string Numbered(int value) => wanted + _separator + value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Gives names back; numbers are counted from the first again.</summary>
    public void Release(IEnumerable<string> names)
    {
        _taken.ExceptWith(names);
        _numbers.Clear();
    }
}
