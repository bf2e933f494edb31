using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace ModelBuild.Cli.CommandLine;

/// <summary>Options that take a number: what else stands there is said in our words, not in those of .NET.</summary>
internal static class NumberOption
{
    /// <param name="name">With its dashes.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="usual">Where it is left out.</param>
    /// <param name="least">The smallest that is taken.</param>
    /// <param name="most">The largest.</param>
    public static Option<T> Create<T>(string name, string description, T usual, T least, T most, params string[] aliases)
        where T : struct, INumber<T> => new(name, aliases)
    {
        HelpName = "NUMBER",
        Description = description,
        DefaultValueFactory = _ => usual,
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && value >= least && value <= most)
            {
                return value;
            }

            string kind = typeof(T) == typeof(int) ? "whole numbers" : "numbers";
            result.AddError(
                string.Create(CultureInfo.InvariantCulture, $"{name} takes {kind} from {least} to {most}, not '{text}'."));
            return usual;
        },
    };

    /// <summary>Seconds: no more than a day.</summary>
    public static Option<double> Seconds(string name, string description, double usual) => Create(name, description, usual, 0, 86400);
}
