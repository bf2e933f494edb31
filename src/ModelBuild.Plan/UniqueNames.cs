using System;
using System.Collections.Generic;
using System.Globalization;

namespace ModelBuild.Plan;

/// <summary>
/// The names of one scope of C#. A name that is taken gets the next free number: <c>input</c>, <c>input2</c>, <c>input3</c>.
/// </summary>
internal sealed class UniqueNames(IEnumerable<string> taken)
{
    private readonly HashSet<string> _taken = new(taken, StringComparer.Ordinal);

    /// <summary>The number that was given last: to look for the next from the start takes the square of how many there are.</summary>
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    public IEnumerable<string> Taken => _taken;

    public string Add(string wanted)
    {
        if (_taken.Add(wanted))
        {
            return wanted;
        }

        int number = _numbers.TryGetValue(wanted, out int last) ? last : 1;
        string name;
        do
        {
            number++;
            name = wanted + number.ToString(CultureInfo.InvariantCulture);
        }
        while (!_taken.Add(name));
        _numbers[wanted] = number;
        return name;
    }
}
