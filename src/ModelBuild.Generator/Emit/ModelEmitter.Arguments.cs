namespace ModelBuild.Generator.Emit;

/// <content>The file-local class of argument checks. What fails says which parameter, what the model declares and what was given.</content>
internal sealed partial class ModelEmitter
{
    private void EmitArguments()
    {
        _writer.Line($"/// <summary>Checks what is passed to <see cref=\"{_names.Class}\"/>.</summary>");
        using (_writer.Open($"file static class {_names.Arguments}"))
        {
            if (_symbols.Derived.Count > 0)
            {
                EmitFindDimension();
            }

            EmitCheckLength();
            if (_plan.Symbols.Count > 0)
            {
                EmitDimension();
            }

            EmitFlatten();
        }
    }

    private void EmitFindDimension() => _writer.Line(
        """
        /// <summary>The one dimension that a length decides, when the others have a product of <paramref name="others"/>.</summary>
        public static int FindDimension(int length, long others, string name, string shape)
        {
            if (length == 0 || length % others != 0)
            {
                throw new global::System.ArgumentException(
                    $"'{name}' has the shape {shape}: its length must be a positive multiple of {others}, and it is {length}.", name);
            }

            return (int)(length / others);
        }

        """);

    private void EmitCheckLength() => _writer.Line(
        """
        /// <summary>Checks a length that the model and the symbols decide.</summary>
        public static void CheckLength(int length, long expected, string name, string shape)
        {
            if (length != expected)
            {
                throw new global::System.ArgumentException(
                    $"'{name}' has the shape {shape}: its length must be {expected} here, and it is {length}.", name);
            }
        }

        """);

    private void EmitDimension() => _writer.Line(
        $$"""
        /// <summary>A dimension of a tensor; 0 if it has no such dimension, which <c>Flatten</c> then reports.</summary>
        public static int Dimension({{ReadOnlySpan}}<nint> lengths, int axis)
        {
            return axis < lengths.Length && lengths[axis] <= int.MaxValue ? (int)lengths[axis] : 0;
        }

        """);

    private void EmitFlatten()
    {
        if (_plan.Inputs.Count > 0)
        {
            _writer.Line(
                $$"""
                /// <summary>The elements of a tensor that has the expected shape and lies densely in memory.</summary>
                public static {{ReadOnlySpan}}<T> Flatten<T>(
                    in {{ReadOnlyTensorSpan}}<T> tensor,
                    {{ReadOnlySpan}}<nint> expected,
                    string name,
                    string shape)
                {
                    CheckShape(tensor.Lengths, tensor.Strides, expected, name, shape);
                    return global::System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpan(
                        in tensor.GetPinnableReference(), checked((int)tensor.FlattenedLength));
                }

                """);
        }

        _writer.Line(
            $$"""
            /// <summary>The elements of a tensor that has the expected shape and lies densely in memory.</summary>
            public static {{Span}}<T> Flatten<T>(
                in {{TensorSpan}}<T> tensor,
                {{ReadOnlySpan}}<nint> expected,
                string name,
                string shape)
            {
                CheckShape(tensor.Lengths, tensor.Strides, expected, name, shape);
                return global::System.Runtime.InteropServices.MemoryMarshal.CreateSpan(
                    ref tensor.GetPinnableReference(), checked((int)tensor.FlattenedLength));
            }

            private static void CheckShape(
                {{ReadOnlySpan}}<nint> lengths,
                {{ReadOnlySpan}}<nint> strides,
                {{ReadOnlySpan}}<nint> expected,
                string name,
                string shape)
            {
                if (!global::System.MemoryExtensions.SequenceEqual(lengths, expected))
                {
                    string wanted = string.Join(", ", expected.ToArray());
                    string given = string.Join(", ", lengths.ToArray());
                    throw new global::System.ArgumentException(
                        $"'{name}' has the shape {shape}: it must be [{wanted}] here, and it is [{given}].", name);
                }

                nint dense = 1;
                for (int axis = lengths.Length - 1; axis >= 0; axis--)
                {
                    if (lengths[axis] > 1 && strides[axis] != dense)
                    {
                        throw new global::System.ArgumentException($"'{name}' must lie densely in memory, row by row. Copy it first.", name);
                    }

                    dense *= lengths[axis];
                }
            }
            """);
    }
}
