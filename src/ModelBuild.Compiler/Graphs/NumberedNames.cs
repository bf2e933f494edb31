namespace ModelBuild.Compiler.Graphs;

/// <summary>Names of which no two are the same: one that is taken gets a number, <c>Relu</c>, <c>Relu_1</c>, <c>Relu_2</c>.</summary>
internal sealed class NumberedNames
{
    private readonly HashSet<string> _taken;

    /// <summary>
    /// For each name that was asked for again the number that was given last: exporters that number nothing ask for one name at every node.
    /// </summary>
    private readonly Dictionary<string, int> _numbers;

    public NumberedNames()
    {
        _taken = new HashSet<string>(StringComparer.Ordinal);
        _numbers = new Dictionary<string, int>(StringComparer.Ordinal);
    }

    public NumberedNames(NumberedNames other)
    {
        _taken = new HashSet<string>(other._taken, StringComparer.Ordinal);
        _numbers = new Dictionary<string, int>(other._numbers, StringComparer.Ordinal);
    }

    /// <summary>Takes a name as it is. False when it is taken.</summary>
    public bool Reserve(string name) => _taken.Add(name);

    /// <summary>Takes a name, or the next free one that is made of it.</summary>
    public string Add(string wanted)
    {
        string name = wanted;
        if (!_taken.Add(name))
        {
            int number = _numbers.GetValueOrDefault(wanted);
            do
            {
                name = $"{wanted}_{++number}";
            }
            while (!_taken.Add(name));
            _numbers[wanted] = number;
        }

        return name;
    }
}
