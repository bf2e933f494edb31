namespace Compress;

/// <summary>What the command line says.</summary>
internal sealed record Options
{
    public const string Usage = """
        usage: Compress [--quick] [--debian13] [--network FILE] [--results FOLDER]

          --quick            a few steps of everything, to see that it runs; the figures mean nothing
          --debian13         trains on Debian 13's C library, fetched with apt: for Linux distributions whose own is older
          --network FILE     an ONNX file to take the architecture from; its weights are forgotten. It takes [batch,1,28,28] and gives
                             the scores of ten digits
          --results FOLDER   where models and pictures are written; results beside the project otherwise
        """;

    public bool IsQuick { get; private init; }

    public bool UsesDebian13 { get; private init; }

    public string? Network { get; private init; }

    public required string Results { get; init; }

    /// <summary>
    /// How the program calls itself: it trains in a process of its own, since LibTorch may not be there, or not fit the machine.
    /// </summary>
    public bool IsProbe { get; private init; }

    /// <summary>That the process is the one that trains.</summary>
    public bool IsTraining { get; private init; }

    /// <summary>Null where something is not understood.</summary>
    public static Options? Read(IReadOnlyList<string> arguments)
    {
        var options = new Options { Results = Path.Combine(Project.Folder, "results") };
        for (int i = 0; i < arguments.Count; i++)
        {
            string? value = i + 1 < arguments.Count ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "--quick":
                    options = options with { IsQuick = true };
                    break;
                case "--debian13":
                    options = options with { UsesDebian13 = true };
                    break;
                case "--probe":
                    options = options with { IsProbe = true };
                    break;
                case "--train":
                    options = options with { IsTraining = true };
                    break;
                case "--network" when value is not null:
                    options = options with { Network = Path.GetFullPath(value) };
                    i++;
                    break;
                case "--results" when value is not null:
                    options = options with { Results = Path.GetFullPath(value) };
                    i++;
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
