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

    public IEnumerable<string> Taken => _taken;

    public string Add(string wanted)
    {
        string name = wanted;
        for (int number = 2; !_taken.Add(name); number++)
        {
            name = wanted + number.ToString(CultureInfo.InvariantCulture);
        }

        return name;
    }
}
